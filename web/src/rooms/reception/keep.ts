/** What the outbox may say, offer and forget: pure rules over its items. */
import type { Kind } from './event.ts';

/** The centre's word that it has an event, as it came. */
export interface Receipt {
  event: string;
  hash: string;
  /** One life of the centre's database, later ones greater; a later one makes every older receipt worthless. */
  epoch: string;
  /** The centre's clock when it gave it. */
  at_ms: number;
  signature?: string;
}

export interface Item {
  id: string;
  /** Order of writing on this device. */
  n: number;
  body: string;
  signature: string;
  hash: string;
  kind: Kind;
  subject?: string | undefined;
  shelter?: string | undefined;
  people?: number | undefined;
  wall_ms: number;
  /** The neighbour that stored it, and what it knew of the centre then. */
  at?: { node: string; epoch: string; centre: string | null };
  receipt?: Receipt;
  trouble?: { state: 'refused' | 'quarantined'; code: string; tried_ms: number };
}

/** What this device last heard. */
export interface Known {
  node: { id: string; epoch: string } | null;
  /** The present epoch of the centre. */
  centre: string | null;
  /** The centre's clock, as far as it was heard in that epoch; no clock of a gymnasium says when a copy may go. */
  centre_ms: number | null;
}

export type State = 'device' | 'node' | 'centre' | 'refused' | 'quarantined';

export const NOTHING_KNOWN: Known = { node: null, centre: null, centre_ms: null };
/** Set aside because the node has not met this device yet: introduced, it is tried again. */
export const UNINTRODUCED = 'device';

export const MAX_EVENTS = 500;
export const MAX_BYTES = 1024 * 1024;
const KEPT_MS = 7 * 24 * 3_600_000;
/** A refusal may heal (a device is registered anew): it is tried again, rarely. */
const AGAIN_MS = 10 * 60_000;
const AROUND = new TextEncoder().encode('{"events":[]}').length;

const receipted = ({ receipt, hash }: Item, { centre }: Known): boolean => receipt !== undefined && receipt.hash === hash && (centre === null || receipt.epoch === centre);

/** At a neighbour: of its present life, and while the centre was the one of today. */
function stored({ at }: Item, { node, centre }: Known): boolean {
  if (!at || (centre !== null && at.centre !== null && at.centre !== centre)) return false;
  return node === null || at.node !== node.id || at.epoch === node.epoch;
}

export function stateOf(item: Item, known: Known): State {
  if (receipted(item, known)) return 'centre';
  if (item.trouble) return item.trouble.state;
  return stored(item, known) ? 'node' : 'device';
}

/** What goes to the node now: everything without a receipt of the present centre that this node, in its present life, does not have. */
export function offers(items: readonly Item[], known: Known, now: number): Item[] {
  return items.filter((item) => {
    if (receipted(item, known)) return false;
    if (item.trouble) return item.trouble.state === 'refused' && Math.abs(now - item.trouble.tried_ms) >= AGAIN_MS;
    return !(stored(item, known) && item.at?.node === known.node?.id);
  });
}

/** Stored by a neighbour and not yet receipted: asked for. */
export const awaiting = (items: readonly Item[], known: Known): Item[] => items.filter((item) => !receipted(item, known) && !item.trouble && stored(item, known));

export const signed = ({ body, signature }: Item): { body: string; signature: string } => ({ body, signature });

/** The first of them that fit in one request. */
export function batch(items: readonly Item[], most = MAX_EVENTS): Item[] {
  const taken: Item[] = [];
  let bytes = AROUND;
  for (const item of items.slice(0, most)) {
    bytes += new TextEncoder().encode(JSON.stringify(signed(item))).length + 1;
    if (bytes > MAX_BYTES && taken.length > 0) break;
    taken.push(item);
  }
  return taken;
}

/** May the copy go? With a receipt of the centre of today, seven days old by the centre's own clock. */
export function forgettable(item: Item, known: Known): boolean {
  return known.centre !== null && known.centre_ms !== null && receipted(item, known) && known.centre_ms - (item.receipt?.at_ms ?? Infinity) >= KEPT_MS;
}

/** What is known after a node spoke: of the centre only what is newer, so that a word long under way changes nothing. */
export function heard(before: Known, node: { id: string; epoch: string; role: 'centre' | 'kit' }, receipts: readonly Receipt[], clockMs: number): Known {
  const said = [...receipts.map(({ epoch, at_ms }) => ({ epoch, at_ms })), ...(node.role === 'centre' ? [{ epoch: node.epoch, at_ms: clockMs }] : [])];
  const centre = said.reduce<string | null>((last, { epoch }) => (last === null || epoch > last ? epoch : last), before.centre);
  const clocks = said.filter(({ epoch }) => epoch === centre).map(({ at_ms }) => at_ms);
  const since = before.centre === centre && before.centre_ms !== null ? [before.centre_ms] : [];
  const centre_ms = clocks.length + since.length > 0 ? Math.max(...clocks, ...since) : null;
  return { node: { id: node.id, epoch: node.epoch }, centre, centre_ms };
}
