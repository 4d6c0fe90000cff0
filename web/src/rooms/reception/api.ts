/** Calls of the reception room: a desk at the centre and one on a kit ask the same. */
import { call, Refused } from '$lib/api/client.ts';
import type { PublicKey } from '$lib/seal/hpke.ts';
import type { Text } from '$lib/text.ts';
import { NOBODY, type Counts, type Household, type Place, type Situation, type Stays } from './card.ts';
import { unknownCard, wordsOf, type Card, type Entry, type Presence } from './cards.ts';
import type { Receipt } from './keep.ts';
import type { Node, Result } from './outbox.ts';

const BASE = '/api/reception';

export interface NodeView extends Node {
  /** Without its keys a kit reads nothing personal; admissions go on. */
  locked: boolean;
}

export interface DeskShelter {
  facility: string;
  disaster: string;
  name: string;
  address: string | null;
  state: string;
  capacity: number | null;
}

/** What a desk works with; nothing personal, so it is kept for when the line is cut. */
export interface Context {
  node: NodeView;
  municipality: string;
  mode: 'live' | 'drill';
  disasters: { id: string; name: Text; since: string }[];
  shelters: DeskShelter[];
  /** Whom personal content is sealed to. */
  keys: PublicKey[];
  /** Only the centre's clock is to be trusted. */
  clock_ms: number;
  /** The running of the node's program, and its monotonic clock. */
  boot: string | null;
  mono_ms: number;
  consent_text: string;
}

/** A kit knows its municipality by itself; the centre must be told. */
export const context = (municipality: string | null, mode: string) => call<Context>('GET', `${BASE}/desk?${new URLSearchParams({ ...(municipality ? { municipality } : {}), mode })}`);
export const register = (key: string, municipality: string) => call<{ device: string }>('POST', `${BASE}/devices`, { key, municipality });
export const send = (events: { body: string; signature: string }[]) => call<{ node: NodeView; results: Result[] }>('POST', `${BASE}/events`, { events });
export const receipts = (ids: string[]) => call<Receipt[]>('POST', `${BASE}/receipts`, { ids });

const PURPOSE = 'reception';

/** Where a household stands, as a node tells it. */
export interface Standing {
  presence: Exclude<Presence, 'none'>;
  shelter: string | null;
  municipality: string | null;
  to: string | null;
  counts: Counts;
  /** Who of it is out for a while. */
  out: Counts;
  stays: Stays | null;
  assurance: number;
  counted_only: boolean;
  since: string;
  sure: boolean;
  two_places: string[];
  heads: string[];
  subjects: string[];
}

interface Scanned {
  /** `null` for what is no code of ours. */
  subject: string | null;
  assurance: number;
  flags: string[];
  household: Household | null;
  presence: Standing | null;
}

export interface Where {
  disaster: string;
  shelter: string | null;
  municipality: string;
}

export const scan = (code: string, where: Where) => call<Scanned>('POST', `${BASE}/scan`, { code, ...where });
/** By name or reading among those received in the municipality, and families that registered under the whole name. */
export const search = async (words: string, { disaster, municipality }: Where) =>
  (await call<{ households: SeenHousehold[]; more: boolean }>('POST', `${BASE}/search`, { words, disaster, municipality, purpose: PURPOSE })).households.map(seen);

/** All pages. */
export async function list(facility: string, disaster: string): Promise<Card[]> {
  const cards: Card[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const asked: Record<string, string> = { disaster, purpose: PURPOSE, ...(after ? { after } : {}) };
    const page: { households: SeenHousehold[]; next: string | null } = await call('GET', `${BASE}/shelters/${facility}/households?${new URLSearchParams(asked)}`);
    cards.push(...page.households.map(seen));
    after = page.next ?? null;
  }
  return cards;
}
export async function household(subject: string, disaster: string): Promise<Card> {
  const found = await call<SeenHousehold & { history: HistoryLine[] }>('GET', `${BASE}/households/${subject}?${new URLSearchParams({ disaster, purpose: PURPOSE })}`);
  return { ...seen(found), history: found.history.map(entryOf) };
}

/** A household as a node tells it; `household` and `card` are `null` where nobody wrote one, or it may not be shown here. */
interface SeenHousehold {
  subject: string;
  standing: Standing | null;
  household: Household | null;
  card: { situation: Situation | null; place: Place | null } | null;
}

interface HistoryLine {
  id: string;
  kind: Entry['kind'];
  shelter: string | null;
  at: string;
  other: string | null;
  effect: 'in-force' | 'voided' | 'after-void';
  words: Record<string, unknown> | null;
}

const seen = ({ subject, standing, household, card }: SeenHousehold): Card => ({ ...cardOf(subject, household, standing, card?.situation ?? {}), place: card?.place ?? {} });

function entryOf({ id, kind, shelter, at, other, effect, words }: HistoryLine): Entry {
  return { id, kind, shelter: shelter ?? null, wall_ms: Date.parse(at), other: other ?? null, void: effect === 'voided', ...(effect === 'after-void' ? { afterVoid: true } : {}), ...wordsOf(words) };
}

export function cardOf(subject: string, household: Household | null, standing: Standing | null, situation: Situation = {}): Card {
  const card = { ...unknownCard(subject), household, situation };
  if (!standing) return card;
  const { presence, shelter, to, counts, out, stays, assurance, counted_only, since, two_places, heads, subjects } = standing;
  return {
    ...card, presence, shelter: shelter ?? null, to, counts, out: presence === 'away' ? NOBODY : out, stays, assurance, countedOnly: counted_only, since_ms: Date.parse(since), heads,
    elsewhere: two_places.filter((each) => each !== shelter), linked: subjects.filter((each) => each !== subject),
  };
}

export const isLocked = (error: unknown): boolean => error instanceof Refused && error.status === 423;

/** Nobody answered at all: the words for that are other than for a refusal. */
export const unreachable = (error: unknown): boolean => !(error instanceof Refused) || error.status === 502 || error.status === 503 || error.status === 504;
