/** The family's information as the screens see it, and the one who carries it to the prefecture. */
import { untrack } from 'svelte';
import { Refused } from '$lib/api/client.ts';
import { wait } from '$lib/live/backoff.ts';
import { askToKeep } from '$rooms/packs/space.ts';
import { StaffHere } from './device.ts';
import { answered, change, edited, forget, read, settled, standing, wanted, type Kept, type Standing } from './kept.ts';
import type { Household } from './model.ts';
import { carry } from './send.ts';
import { tellWaiting } from './waiting.ts';
import type { ConsentAsked } from './wire.ts';

let kept = $state.raw<Kept>();
let opened = $state(false);
/** The browser keeps nothing: no secure context, a private window, a full disk. */
let impossible = $state(false);
let sending = $state(false);
let staffHere = $state(false);
let tries = 0;
let next: ReturnType<typeof setTimeout> | undefined;

export const family = {
  get kept(): Kept | undefined { return kept; },
  get opened(): boolean { return opened; },
  get impossible(): boolean { return impossible; },
  get sending(): boolean { return sending; },
  get staffHere(): boolean { return staffHere; },
  get standing(): Standing { return standing(kept); },
  get household(): Household { return kept?.household ?? { persons: [] }; },
};

const now = (): string => new Date().toISOString();

/** Reads what the phone keeps, and sends what waits. Gives how to end it. */
export function openFamily(): () => void {
  void load();
  const again = () => void send();
  addEventListener('online', again);
  return () => {
    removeEventListener('online', again);
    clearTimeout(next);
  };
}

async function load(): Promise<void> {
  try {
    kept = await read();
  } catch {
    impossible = true;
  }
  opened = true;
  await send();
}

async function changed(work: (kept: Kept) => Kept): Promise<void> {
  try {
    kept = await change(work);
    tellWaiting(standing(kept) === 'waiting');
  } catch (error) {
    impossible = true;
    throw error;
  }
}

/** Done when it stands on the phone's disk. */
export const save = (household: Household): Promise<void> => changed((before) => edited(before, $state.snapshot(household), now()));
export const answerConsent = (asked: ConsentAsked): Promise<void> => changed((before) => answered(before, asked, now()));
export const note = (work: (kept: Kept) => Kept): Promise<void> => changed(work);

export async function register(): Promise<void> {
  await changed(wanted);
  void askToKeep();
  await send();
}

export async function settle(whose: 'ours' | 'theirs'): Promise<void> {
  await changed((before) => settled(before, whose, now()));
  await send();
}

export async function clear(): Promise<void> {
  clearTimeout(next);
  await forget();
  tellWaiting(false);
  kept = undefined;
}

/** Carries what waits; without a network again later, by itself. */
export async function send(evenOverStaff = false): Promise<void> {
  clearTimeout(next);
  if (untrack(() => sending) || !kept || !waits(kept)) return;
  sending = true;
  staffHere = false;
  try {
    await carry(kept, changed, evenOverStaff);
    tries = 0;
  } catch (error) {
    staffHere = error instanceof StaffHere;
    // A refusal stands in what is kept; anything else is the network.
    if (!staffHere && !(error instanceof Refused && error.status < 500)) later();
  } finally {
    sending = false;
  }
}

const waits = (each: Kept): boolean => each.theirs === null && (each.revision > 0 || (each.command !== null && each.refused === null));

function later(): void {
  next = setTimeout(() => void send(), wait(tries, Math.random()));
  tries += 1;
}
