/** Bodies of events exactly as `reception::event` reads them: made where the finger pressed, sealed and signed on this device. */
import { random, sha256, toHex } from '$lib/bytes.ts';
import { newId } from '$lib/ids.ts';
import { holdsMyNumber } from '$rooms/households/my-number.ts';
import { persons, type Counts, type Stays } from './card.ts';

export const SCHEMA = 1;
export const MAX_BODY = 64 * 1024;
export const MAX_PERSONS = 10_000;
const MAX_CAUSES = 64;

export type Kind =
  | 'check-in' | 'count-only' | 'leave' | 'return' | 'check-out' | 'move' | 'amend' | 'place' | 'link' | 'unlink' | 'void'
  | 'consent' | 'request' | 'answer' | 'handout' | 'rule' | 'sick' | 'incident' | 'note' | 'clock';

export type Observed = { of: 'trusted'; at_ms: number } | { of: 'boot'; boot: string; mono_ms: number };

/** One start of this page and its monotonic clock. */
export interface Clock {
  boot: string;
  mono(): number;
  wall(): number;
}

/** Whose desk it is, and on which device. */
export interface Desk {
  mode: 'live' | 'drill';
  disaster: string;
  municipality: string;
  /** `staff:<account>` or `desk`. */
  actor: string;
  device: string;
}

/** What happened, before it is an event. */
export interface Draft {
  kind: Kind;
  subject?: string | undefined;
  shelter?: string | undefined;
  counts?: Counts | undefined;
  stays?: Stays | undefined;
  assurance?: number | undefined;
  other?: string | undefined;
  causes?: readonly string[] | undefined;
  observed?: Observed | undefined;
  /** What a checkpoint of distribution says, in clear. */
  rule?: object | undefined;
  /** Sealed before it is written anywhere. */
  content?: unknown;
}

/** Sealing and signing, by `$lib/seal`. */
export interface Hand {
  seal(content: unknown, context: string): Promise<unknown>;
  sign(body: string): Promise<string>;
}

export interface Body extends Omit<Draft, 'content'>, Desk {
  id: string;
  schema: number;
  assurance: number;
  boot: string;
  mono_ms: number;
  wall_ms: number;
  sealed?: unknown;
  prev?: string | undefined;
}

export interface Written {
  event: Body;
  body: string;
  signature: string;
  /** SHA-256 of the body, hex: what receipts and the next event name. */
  hash: string;
}

/** Refuses what no node would take, before anything is stored. */
export class Unfit extends Error {
  readonly why: 'too-many' | 'too-large' | 'missing' | 'my-number';
  constructor(why: Unfit['why'], field = '') {
    super(`${why} ${field}`.trim());
    this.why = why;
  }
}

/** Writes the event: content sealed to its id, the chain of this device continued, the whole signed. */
export async function write(draft: Draft, desk: Desk, clock: Clock, hand: Hand, prev: string | undefined, id = newId(clock.wall())): Promise<Written> {
  const { content, ...said } = draft;
  check(said);
  if (holdsNumber(content) || holdsNumber(said.rule)) throw new Unfit('my-number');
  const times = { boot: clock.boot, mono_ms: Math.round(clock.mono()), wall_ms: Math.round(clock.wall()) };
  const sealed = content === undefined ? undefined : await hand.seal(content, `event:${id}`);
  const event = ordered({ ...said, ...desk, ...times, id, schema: SCHEMA, assurance: said.assurance ?? 0, sealed, prev });
  const body = JSON.stringify(event);
  const bytes = new TextEncoder().encode(body);
  if (bytes.length > MAX_BODY) throw new Unfit('too-large');
  return { event, body, signature: await hand.sign(body), hash: toHex(await sha256(bytes)) };
}

/** The members in the order of the Rust type, so that a person who compares finds them. */
function ordered(body: Body): Body {
  const causes = body.causes?.length ? [...new Set(body.causes)].slice(-MAX_CAUSES) : undefined;
  const { id, schema, kind, mode, subject, disaster, shelter, municipality, counts, stays, assurance, other } = body;
  const { actor, device, boot, mono_ms, wall_ms, observed, rule, sealed, prev } = body;
  return { id, schema, kind, mode, subject, disaster, shelter, municipality, counts, stays, assurance, other, causes, actor, device, boot, mono_ms, wall_ms, observed, rule, sealed, prev };
}

const NEEDS: Partial<Record<Kind, readonly (keyof Draft)[]>> = {
  'check-in': ['subject', 'counts'],
  'count-only': ['subject', 'counts'],
  leave: ['subject'],
  return: ['subject'],
  'check-out': ['subject'],
  amend: ['subject'],
  place: ['subject'],
  consent: ['subject'],
  move: ['subject', 'other'],
  link: ['subject', 'other'],
  unlink: ['subject', 'other'],
  void: ['other'],
  answer: ['other'],
  rule: ['other', 'rule'],
  clock: ['observed'],
};

function check(draft: Omit<Draft, 'content'>): void {
  for (const field of NEEDS[draft.kind] ?? []) if (draft[field as keyof typeof draft] === undefined) throw new Unfit('missing', field);
  if (persons(draft.counts) > MAX_PERSONS) throw new Unfit('too-many');
}

/** The law forbids to collect a My Number; ids, telephones and sealed codes have digits of their own. */
const NO_TEXT = ['id', 'here', 'preferred', 'scanned', 'phone', 'landline', 'mobile'];
function holdsNumber(value: unknown): boolean {
  if (typeof value === 'string') return holdsMyNumber(value);
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([name, member]) => !NO_TEXT.includes(name) && holdsNumber(member));
}

/** A household that nobody knows yet: 128 random bits. */
export const newSubject = (): string => toHex(random(16));

/** This page's own start; its clock is not moved by whoever sets the wall clock. */
export const pageClock: Clock = { boot: crypto.randomUUID(), mono: () => performance.now(), wall: () => Date.now() };
