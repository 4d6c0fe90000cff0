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
  guardian: boolean;
  /** The entry that is this phone's own. */
  person: string | null;
  tokens: Token[];
  /** This phone's own code: made here before it is sent, so that sending it again changes nothing. */
  phone: { id: string; token: string } | null;
  key: { municipality: string; key: PublicKey; at: number } | null;
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
  household: { persons: [] }, changedAt: new Date().toISOString(), revision: 0, command: null, arrivedAt: null, theirs: null, refused: null, subject: null, guardian: true, person: null, tokens: [], phone: null, key: null, names: {}, consents: [],
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
  const household = same ? answer.household : kept.household;
  return { ...kept, ...of(answer), household, theirs: null, refused: null, command: same ? null : kept.command, arrivedAt: same ? now : kept.arrivedAt, changedAt: same ? min(kept.changedAt, now) : kept.changedAt };
}

/** What the prefecture says of the family and this phone in it. */
const of = ({ revision, subject, guardian, person }: Mine) => ({ revision, subject, guardian, person });

const min = (a: string, b: string): string => (a < b ? a : b);

/** After a conflict: ours goes over theirs, or theirs takes the place of ours. */
export function settled(kept: Kept, whose: 'ours' | 'theirs', now: string): Kept {
  if (!kept.theirs) return kept;
  const { household } = kept.theirs;
  if (whose === 'ours') return { ...kept, ...of(kept.theirs), theirs: null, command: newId() };
  return { ...kept, ...of(kept.theirs), household, theirs: null, command: null, refused: null, changedAt: now, arrivedAt: now };
}

/** The phone belongs to another family from now on, and has what that one has. */
export const joined = (kept: Kept, mine: Mine, now: string): Kept => ({ ...blank(), ...of(mine), names: kept.names, household: mine.household, changedAt: now, arrivedAt: now });

/** The prefecture's newest, unless something was changed here: that is settled when it is sent. */
export function pulled(kept: Kept, mine: Mine, now: string): Kept {
  if (standing(kept) !== 'arrived') return { ...kept, guardian: mine.guardian, person: mine.person };
  return { ...kept, ...of(mine), household: mine.household, changedAt: now, arrivedAt: now };
}

/** The registration was deleted elsewhere; what stands here can be registered anew. */
export const gone = (kept: Kept): Kept => ({ ...kept, revision: 0, subject: null, guardian: true, person: null, tokens: [], phone: null, arrivedAt: null });

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
