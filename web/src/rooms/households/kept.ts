/** What this phone keeps of its family, sealed on it: the family's own copy, and what a code at a desk needs without a network. */
import { newId } from '$lib/ids.ts';
import { Drawer } from '$lib/seal/drawer.ts';
import { destroyKey } from '$lib/seal/keys.ts';
import type { PublicKey } from '$lib/seal/hpke.ts';
import { tidied, type Household } from './model.ts';
import type { ConsentAsked, Mine, Token } from './wire.ts';

export interface Kept {
  household: Household;
  /** The last change on this phone. */
  changedAt: string;
  /** The version of the prefecture that it began with; 0 where there was none. */
  revision: number;
  /** The command under which it goes to the prefecture: again the same until it arrived. `null`: nothing to send. */
  command: string | null;
  arrivedAt: string | null;
  /** Another phone of the family changed the same meanwhile. */
  theirs: Mine | null;
  /** Why the prefecture refused it, in words. */
  refused: string | null;
  subject: string | null;
  tokens: Token[];
  key: { municipality: string; key: PublicKey } | null;
  /** Names of places that were chosen here, by their ids. */
  names: Record<string, string>;
  /** As the family answered, the newest last; `command` until it arrived. */
  consents: (ConsentAsked & { at: string; command: string | null })[];
}

/** `draft`: only here, not yet sent away by the family. `waiting`: goes when there is a network. */
export type Standing = 'none' | 'draft' | 'waiting' | 'refused' | 'conflict' | 'arrived';

const KEY = 'family';
const drawer = new Drawer('mamori-family', KEY);
const NAME = 'family';
/** One change after the other, also between two windows. */
const LOCK = 'mamori-family';

export const blank = (): Kept => ({
  household: { persons: [] }, changedAt: new Date().toISOString(), revision: 0, command: null, arrivedAt: null, theirs: null, refused: null, subject: null, tokens: [], key: null, names: {}, consents: [],
});

export function standing(kept: Kept | undefined): Standing {
  if (!kept || (kept.household.persons.length === 0 && kept.revision === 0)) return 'none';
  if (kept.theirs) return 'conflict';
  if (kept.command) return kept.refused ? 'refused' : 'waiting';
  return kept.arrivedAt && kept.arrivedAt >= kept.changedAt ? 'arrived' : 'draft';
}

/** The family changed something: it stands on the phone, and goes nowhere before they say so. */
export const edited = (kept: Kept, household: Household, now: string): Kept => ({ ...kept, household: tidied(household), changedAt: now, command: null, refused: null });

/** The family wants the prefecture to have it. */
export const wanted = (kept: Kept): Kept => ({ ...kept, command: kept.command ?? newId(), refused: null });

/** The prefecture has it. What was changed meanwhile stays to be sent. */
export function arrived(kept: Kept, command: string, answer: Mine, now: string): Kept {
  const same = kept.command === command;
  return { ...kept, revision: answer.revision, subject: answer.subject, theirs: null, refused: null, command: same ? null : kept.command, arrivedAt: same ? now : kept.arrivedAt, changedAt: same ? min(kept.changedAt, now) : kept.changedAt };
}

const min = (a: string, b: string): string => (a < b ? a : b);

/** After a conflict: ours goes over theirs, or theirs takes the place of ours. */
export function settled(kept: Kept, whose: 'ours' | 'theirs', now: string): Kept {
  if (!kept.theirs) return kept;
  const { revision, household, subject } = kept.theirs;
  if (whose === 'ours') return { ...kept, revision, subject, theirs: null, command: newId() };
  return { ...kept, household, revision, subject, theirs: null, command: null, refused: null, changedAt: now, arrivedAt: now };
}

/** The phone belongs to another family from now on, and has what that one has. */
export const joined = (kept: Kept, { household, revision, subject }: Mine, now: string): Kept => ({ ...blank(), names: kept.names, household, revision, subject, changedAt: now, arrivedAt: now });

export const answered = (kept: Kept, asked: ConsentAsked, now: string): Kept => ({ ...kept, consents: [...kept.consents.filter(({ what }) => what !== asked.what), { ...asked, at: now, command: newId() }] });

export const read = (): Promise<Kept | undefined> => drawer.get<Kept>(NAME);

/** The newest copy, changed and written in one step. */
export async function change(work: (kept: Kept) => Kept): Promise<Kept> {
  return navigator.locks.request(LOCK, async () => {
    const next = work((await read()) ?? blank());
    await drawer.put(NAME, next);
    return next;
  });
}

/** Nothing of the family is left on the phone, and nobody can open a copy of its disk. */
export async function forget(): Promise<void> {
  await navigator.locks.request(LOCK, async () => {
    await drawer.empty();
    await destroyKey(KEY);
  });
}
