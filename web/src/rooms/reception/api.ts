/** Calls of the reception room: a desk at the centre and one on a kit ask the same. */
import { call, Refused } from '$lib/api/client.ts';
import type { PublicKey } from '$lib/seal/hpke.ts';
import type { Text } from '$lib/text.ts';
import type { Counts } from './card.ts';
import { unknownCard, type Card } from './cards.ts';
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
  clock_ms: number;
  consent_text: string;
}

/** A kit knows its municipality by itself; the centre must be told. */
export const context = (municipality: string | null, mode: string) => call<Context>('GET', `${BASE}/desk?${new URLSearchParams({ ...(municipality ? { municipality } : {}), mode })}`);
export const register = (key: string, municipality: string) => call<{ device: string }>('POST', `${BASE}/devices`, { key, municipality });
export const send = (events: { body: string; signature: string }[]) => call<{ node: NodeView; results: Result[] }>('POST', `${BASE}/events`, { events });
export const receipts = (ids: string[]) => call<{ node: NodeView; receipts: Receipt[] }>('POST', `${BASE}/receipts`, { ids });

const PURPOSE = 'shelter-desk';

interface Seen {
  subject: string;
  assurance: number;
  flags: string[];
  card: Card | null;
}

export async function scan(code: string, disaster: string, shelter: string | null): Promise<Seen> {
  const seen = await call<Omit<Seen, 'card'> & SeenHousehold>('POST', `${BASE}/scan`, { code, disaster, shelter });
  return { subject: seen.subject, assurance: seen.assurance, flags: seen.flags, card: cardOf(seen) };
}
export const search = async (words: string, disaster: string, shelter: string | null) =>
  (await call<SeenHousehold[]>('POST', `${BASE}/search`, { words, disaster, shelter, purpose: PURPOSE })).map(cardOf);
export const list = async (facility: string, disaster: string) =>
  (await call<SeenHousehold[]>('GET', `${BASE}/shelters/${facility}/households?${new URLSearchParams({ disaster, purpose: PURPOSE })}`)).map(cardOf);
export const household = async (subject: string, disaster: string) =>
  cardOf(await call<SeenHousehold>('GET', `${BASE}/households/${subject}?${new URLSearchParams({ disaster, purpose: PURPOSE })}`));

export interface Tally {
  households: number;
  counts: Counts;
}

/** A shelter in figures; no names. */
export interface Board {
  facility: string;
  name: string;
  capacity: number | null;
  occupancy: { present: Tally; away: Tally; expected: Tally; counted_only: number; conflicts: number };
  persons: number;
  requests_open: number;
  sick: number;
  incidents: number;
  notes: number;
  places: { given: number; waiting: number };
}
export const board = (facility: string, disaster: string) => call<Board>('GET', `${BASE}/shelters/${facility}/board?${new URLSearchParams({ disaster })}`);

/** A household as a node tells it; a locked kit tells only what is in clear. */
type SeenHousehold = Partial<Card> & { subject: string };
const cardOf = (seen: SeenHousehold): Card => ({ ...unknownCard(seen.subject), ...seen });

export const isLocked = (error: unknown): boolean => error instanceof Refused && error.status === 423;

/** Nobody answered at all: the words for that are other than for a refusal. */
export const unreachable = (error: unknown): boolean => !(error instanceof Refused) || error.status === 502 || error.status === 503 || error.status === 504;
