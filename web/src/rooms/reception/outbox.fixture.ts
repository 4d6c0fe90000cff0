/** For tests: a node that behaves as the protocol says, and an outbox on a browser's disk of its own. */
import { IDBFactory } from 'fake-indexeddb';
import { vi } from 'vitest';
import { sha256, toHex, utf8 } from '$lib/bytes.ts';
import { write, type Draft, type Written } from './event.ts';
import { stateOf } from './keep.ts';
import { Outbox, type Answer } from './outbox.ts';
import { Pusher, type Line } from './push.ts';

export const DAY = 24 * 3_600_000;
const desk = { mode: 'drill', disaster: '0192d1a0-0000-7000-8000-0000000000d1', municipality: '02203', actor: 'desk', device: '0192d1a0-0000-7000-8000-0000000000de' } as const;
const clock = { boot: '0192d1a0-0000-7000-8000-0000000000b0', mono: () => 5, wall: () => 1_764_300_000_000 };
const hand = { seal: async (content: unknown) => ({ v: 1, data: JSON.stringify(content).length }), sign: async () => 'c2ln' };
const draft: Draft = { kind: 'count-only', subject: '0'.repeat(32), counts: { adults: 2, children: 0, infants: 0, wheelchair: 0 } };
export const make = (more: Partial<Draft> = {}) => (prev: string | undefined): Promise<Written> => write({ ...draft, ...more }, desk, clock, hand, prev);

/** A node as the protocol says: insert or ignore, receipts of its epoch if it is the centre. */
export class Place {
  stored = new Map<string, string>();
  taken: string[][] = [];
  broken: 'no' | 'before' | 'after' = 'no';
  refuses = new Set<string>();
  limit = 500;
  constructor(readonly id: string, public epoch: string, readonly role: 'centre' | 'kit') {}
  line(): Line {
    const node = () => ({ id: this.id, epoch: this.epoch, role: this.role });
    const receipt = (id: string) => (this.role === 'centre' ? { event: id, hash: this.stored.get(id) ?? '', epoch: this.epoch, at_ms: 1_000 } : null);
    return {
      push: async (events) => {
        if (this.broken === 'before') throw new TypeError('no network');
        if (events.length > this.limit) throw new RangeError('413');
        const results: Answer['results'] = [];
        for (const { body } of events) {
          const { id } = JSON.parse(body) as { id: string };
          if (this.refuses.has(id)) {
            results.push({ id, state: 'refused', code: 'device' });
            continue;
          }
          const state = this.stored.has(id) ? 'already' : 'stored';
          this.stored.set(id, toHex(await sha256(utf8(body))));
          results.push({ id, state, receipt: receipt(id) });
        }
        this.taken.push(results.map(({ id }) => id ?? ''));
        if (this.broken === 'after') throw new TypeError('answer lost');
        return { node: node(), results, clock_ms: 1_000 };
      },
      receipts: async (ids) => {
        if (this.broken !== 'no') throw new TypeError('no network');
        return { node: node(), receipts: ids.map(receipt).filter((each) => each !== null), clock_ms: 1_000 };
      },
      tooMuch: (error) => error instanceof RangeError,
    };
  }
}

let count = 0;
let name = '';
/** A new disk. */
export function fresh(): void {
  vi.stubGlobal('indexedDB', new IDBFactory());
  count += 1;
  name = `test-${count}`;
}
/** The outbox of another tab on the same disk. */
export const open = (): Promise<Outbox> => Outbox.open(name);

export async function once(outbox: Outbox, place: Place): Promise<boolean> {
  const heard: boolean[] = [];
  const pusher = new Pusher(outbox, place.line(), ({ ok }) => heard.push(ok));
  await pusher.kick();
  pusher.stop();
  return heard.at(-1) ?? false;
}

export async function states(outbox: Outbox): Promise<string[]> {
  const known = await outbox.known();
  return (await outbox.all()).map((item) => stateOf(item, known));
}
