/**
 * The outbox of a desk: every event is on the disk before the screen says 保存, and stays until the centre of today has
 * had it for seven days. One outbox for all tabs; what is in it is sealed.
 */
import type { Written } from './event.ts';
import { forgettable, heard, NOTHING_KNOWN, UNINTRODUCED, type Item, type Known, type Receipt } from './keep.ts';
import { alone, asked, change, EVENTS, look, NOTES, openStore } from './store.ts';
import { persons } from './card.ts';

export interface Node {
  id: string;
  epoch: string;
  role: 'centre' | 'kit';
}

export interface Result {
  /** Absent where the node could not read the event. */
  id: string | null;
  state: 'stored' | 'already' | 'refused' | 'quarantined';
  code?: string | null;
  receipt?: Receipt | null;
}

export interface Answer {
  node: Node;
  results: Result[];
}

const NAME = 'mamori-reception';
const WRITING = 'mamori-reception-writing';

interface Tail {
  prev: string | undefined;
  n: number;
}

export class Outbox {
  readonly #db: IDBDatabase;
  readonly #channel: BroadcastChannel | undefined;

  private constructor(db: IDBDatabase, name: string) {
    this.#db = db;
    this.#channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(name);
  }

  static async open(name = NAME): Promise<Outbox> {
    return new Outbox(await openStore(name), name);
  }

  close(): void {
    this.#channel?.close();
    this.#db.close();
  }

  /** Another tab changed something. */
  onChange(told: () => void): void {
    this.#channel?.addEventListener('message', told);
  }

  /** Writes one event after the last one of this device, whichever tab wrote it. It is on the disk when this resolves. */
  add(make: (prev: string | undefined) => Promise<Written>): Promise<{ item: Item; written: Written }> {
    return alone(WRITING, async () => {
      const tail = (await this.note<Tail>('tail')) ?? { prev: undefined, n: 0 };
      const written = await make(tail.prev);
      const item = itemOf(written, tail.n + 1);
      await change(this.#db, async (events, notes) => {
        await asked(events.add(item, item.id));
        await asked(notes.put({ prev: written.hash, n: item.n } satisfies Tail, 'tail'));
      });
      this.#tell();
      return { item, written };
    });
  }

  async all(): Promise<Item[]> {
    const items = (await look(this.#db, EVENTS, (events) => events.getAll())) as Item[];
    return items.sort((a, b) => a.n - b.n);
  }

  async known(): Promise<Known> {
    return (await this.note<Known>('known')) ?? NOTHING_KNOWN;
  }

  /** What a node answered to a push of these items, in their order. */
  answered(sent: readonly Item[], { node, results }: Answer, clockMs: number): Promise<Known> {
    const of = new Map(results.map((result, i) => [result.id ?? sent[i]?.id ?? '', result]));
    return this.#heard(node, results.map(({ receipt }) => receipt ?? null), clockMs, (item, { centre }) => {
      const result = of.get(item.id);
      if (!result) return;
      if (result.state === 'refused' || result.state === 'quarantined') {
        item.trouble = { state: result.state, code: result.code ?? 'unknown', tried_ms: Date.now() };
        return;
      }
      delete item.trouble;
      item.at = { node: node.id, epoch: node.epoch, centre };
    });
  }

  /** Receipts that a node knew when asked. */
  receipted(node: Node, receipts: readonly Receipt[], clockMs: number): Promise<Known> {
    return this.#heard(node, receipts, clockMs, () => undefined);
  }

  async #heard(node: Node, receipts: readonly (Receipt | null)[], clockMs: number, mark: (item: Item, known: Known) => void): Promise<Known> {
    const came = receipts.filter((receipt) => receipt !== null);
    const byId = new Map(came.map((receipt) => [receipt.event, receipt]));
    const known = await change(this.#db, async (events, notes) => {
      const before = ((await asked(notes.get('known'))) as Known | undefined) ?? NOTHING_KNOWN;
      const now = heard(before, node, came, clockMs);
      await asked(notes.put(now, 'known'));
      for (const item of (await asked(events.getAll())) as Item[]) {
        const was = JSON.stringify(item);
        mark(item, now);
        const receipt = byId.get(item.id);
        if (receipt && receipt.hash === item.hash && receipt.epoch > (item.receipt?.epoch ?? '')) item.receipt = receipt;
        if (forgettable(item, now)) await asked(events.delete(item.id));
        else if (JSON.stringify(item) !== was) await asked(events.put(item, item.id));
      }
      return now;
    });
    this.#tell();
    return known;
  }

  /** A refusal is tried again at once. */
  async again(): Promise<void> {
    await change(this.#db, async (events) => {
      for (const item of (await asked(events.getAll())) as Item[]) {
        if (item.trouble?.state !== 'refused' && item.trouble?.code !== UNINTRODUCED) continue;
        delete item.trouble;
        await asked(events.put(item, item.id));
      }
    });
    this.#tell();
  }

  note<T>(key: string): Promise<T | undefined> {
    return look(this.#db, NOTES, (notes) => notes.get(key)) as Promise<T | undefined>;
  }

  async keepNote(key: string, value: unknown): Promise<void> {
    await change(this.#db, (_, notes) => asked(notes.put(value, key)));
  }

  #tell(): void {
    this.#channel?.postMessage('changed');
  }
}

function itemOf({ event, body, signature, hash }: Written, n: number): Item {
  const people = event.counts ? persons(event.counts) : undefined;
  return { id: event.id, n, body, signature, hash, kind: event.kind, subject: event.subject, shelter: event.shelter, people, wall_ms: event.wall_ms };
}
