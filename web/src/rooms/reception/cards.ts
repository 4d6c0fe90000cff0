/** What a desk knows of each household: the node's word, and on top of it what this page wrote since. Kept in memory alone. */
import { minus, NOBODY, persons, plus, type Counts, type Household, type Place, type Situation, type Stays } from './card.ts';
import type { Body, Kind } from './event.ts';

/** 入所中・避難所外・一時外出・移動中・退所・受付なし */
export type Presence = 'in' | 'outside' | 'away' | 'moving' | 'out' | 'none';

export const isHere = (presence: Presence): boolean => presence === 'in' || presence === 'outside';

export interface Entry {
  id: string;
  kind: Kind;
  wall_ms: number;
  shelter: string | null;
  /** Taken back by a later event. */
  void: boolean;
  /** Written upon something that was taken back unbeknown to the writer: somebody should look. */
  afterVoid?: boolean;
  /** What it was about, where this page may know. */
  words?: string;
  /** The rule of a handout. */
  rule?: string;
  other?: string | null;
}

export interface Card {
  subject: string;
  /** `null`: nobody here may or can read it. */
  household: Household | null;
  situation: Situation;
  presence: Presence;
  shelter: string | null;
  /** Where it is moving to. */
  to: string | null;
  /** Other places where it stands as present: 二か所で受付. */
  elsewhere: string[];
  counts: Counts | null;
  /** Who of it is out for a while, while the others stay. */
  out: Counts;
  stays: Stays | null;
  place: Place;
  since_ms: number | null;
  assurance: number;
  flags: string[];
  heads: string[];
  history: Entry[];
  linked: string[];
  /** Only counted, never admitted by name (人数だけ). */
  countedOnly: boolean;
}

export interface Local {
  event: Body;
  content: Record<string, unknown> | undefined;
}

export const unknownCard = (subject: string): Card => ({
  subject, household: null, situation: {}, presence: 'none', shelter: null, to: null, elsewhere: [], counts: null, out: NOBODY, stays: null, place: {},
  since_ms: null, assurance: 0, flags: [], heads: [], history: [], linked: [], countedOnly: false,
});

/** The card after events of this page, in the order in which they were written; what was taken back has no effect. */
export function overlaid(card: Card, written: readonly Local[]): Card {
  // What the node's own history has already is not laid over it a second time.
  const known = new Set(card.history.map(({ id }) => id));
  const locals = written.filter(({ event }) => !known.has(event.id));
  const back = new Set(locals.filter(({ event }) => event.kind === 'void').map(({ event }) => event.other));
  const base = card.history.some(({ id }) => back.has(id)) ? withoutVoided(card, back) : card;
  return locals.reduce((so, local) => (back.has(local.event.id) ? noted(so, local, true) : applied(so, local)), base);
}

/** A card of the node with entries taken back here: presence by what is left, until the node says it itself. */
function withoutVoided(card: Card, back: ReadonlySet<string | undefined>): Card {
  const history = card.history.map((entry) => (back.has(entry.id) ? { ...entry, void: true } : entry));
  const left = history.filter((entry) => !entry.void && entry.kind in PRESENCE).at(-1);
  return { ...card, history, presence: left ? presenceAfter(left.kind, left.shelter) : 'none', shelter: left?.shelter ?? card.shelter };
}

const PRESENCE: Partial<Record<Kind, Presence>> = { 'check-in': 'in', 'count-only': 'in', return: 'in', leave: 'away', 'check-out': 'out', move: 'moving' };

/** Without a shelter a household is where it is, outside of all of them. */
function presenceAfter(kind: Kind, shelter: string | null): Presence {
  const presence = PRESENCE[kind] ?? 'none';
  return presence === 'in' && shelter === null ? 'outside' : presence;
}

/** Some go, and as many as are counted stay. */
const staysSome = ({ kind, counts }: Body): boolean => (kind === 'leave' || kind === 'check-out') && persons(counts) > 0;

/** Who is here and who is out after an event; the same as the fold of the nodes counts. */
function peopleAfter(card: Card, event: Body): Pick<Card, 'counts' | 'out'> {
  const [before, left] = [card.counts, event.counts];
  if (!before) return { counts: left ?? null, out: NOBODY };
  const whole = card.presence === 'away' ? before : plus(before, card.out);
  if (event.kind === 'leave') return staysSome(event) && left ? { counts: left, out: minus(whole, left) } : { counts: whole, out: NOBODY };
  if (event.kind === 'check-out') return staysSome(event) && left ? { counts: left, out: card.out } : { counts: before, out: NOBODY };
  if (event.kind !== 'return') return { counts: left ?? whole, out: NOBODY };
  return { counts: left ?? whole, out: left && (card.presence === 'away' || persons(card.out) > 0) ? minus(whole, left) : NOBODY };
}

/** What an entry was about, of its content. */
export function wordsOf(content: Record<string, unknown> | null | undefined): Pick<Entry, 'words' | 'rule'> {
  const { words, rule } = content ?? {};
  return { ...(typeof words === 'string' && words ? { words } : {}), ...(typeof rule === 'string' && rule ? { rule } : {}) };
}

function noted(card: Card, { event, content }: Local, taken: boolean): Card {
  const entry: Entry = { id: event.id, kind: event.kind, wall_ms: event.wall_ms, shelter: event.shelter ?? null, void: taken, other: event.other ?? null, ...wordsOf(content) };
  return { ...card, heads: [event.id], history: [...card.history, entry] };
}

function applied(card: Card, local: Local): Card {
  const { event, content } = local;
  const next = noted(card, local, false);
  if (event.kind in PRESENCE) Object.assign(next, peopleAfter(card, event), { presence: staysSome(event) ? card.presence : presenceAfter(event.kind, event.shelter ?? null), shelter: event.shelter ?? null, to: event.kind === 'move' ? (event.other ?? null) : null, since_ms: event.wall_ms });
  else if (event.counts) next.counts = event.counts;
  if (event.kind === 'count-only') next.countedOnly = card.presence === 'none' || card.countedOnly;
  if (event.kind === 'check-in') next.countedOnly = false;
  if (event.stays) next.stays = event.stays;
  next.assurance = Math.max(card.assurance, event.assurance);
  if (content?.household) next.household = content.household as Household;
  if (content?.situation) next.situation = content.situation as Situation;
  // All came back, also where nobody could read who had been out.
  if (event.kind === 'return' && !event.counts) {
    next.situation = { ...next.situation };
    delete next.situation.out;
  }
  if (event.kind === 'place') next.place = (content ?? {}) as Place;
  if (content?.set) return amended(next, content.set as Record<string, unknown>);
  if (event.kind === 'link' && event.other) next.linked = [...new Set([...card.linked, event.other])];
  if (event.kind === 'unlink') next.linked = card.linked.filter((each) => each !== event.other);
  return next;
}

/** Single fields set anew, by JSON pointers under `/household` and `/situation`. */
function amended(card: Card, set: Record<string, unknown>): Card {
  const whole = structuredClone({ household: card.household ?? { persons: [] }, situation: card.situation });
  for (const [pointer, value] of Object.entries(set)) put(whole, pointer, value);
  return { ...card, household: whole.household as Household, situation: whole.situation as Situation };
}

export function put(whole: object, pointer: string, value: unknown): void {
  const path = pointer.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = path.pop();
  if (last === undefined || ['__proto__', 'constructor', 'prototype'].some((bad) => bad === last || path.includes(bad))) return;
  let at = whole as Record<string, unknown>;
  for (const step of path) {
    if (typeof at[step] !== 'object' || at[step] === null) at[step] = {};
    at = at[step] as Record<string, unknown>;
  }
  if (value === null) delete at[last];
  else at[last] = value;
}

/** The fields that differ between two cards, as an amendment names them. Lists are one field each. */
export function differences(before: object, after: object, under = ''): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const [old, now] = [before as Record<string, unknown>, after as Record<string, unknown>];
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const pointer = `${under}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const [a, b] = [old[key], now[key]];
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    if (isObject(a) && isObject(b)) Object.assign(out, differences(a, b, pointer));
    else out[pointer] = b ?? null;
  }
  return out;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
