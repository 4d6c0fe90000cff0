import { IDBDatabase as FakeDatabase, IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { write, type Draft, type Written } from './event.ts';
import { sha256, toHex, utf8 } from '$lib/bytes.ts';
import { awaiting, batch, forgettable, MAX_BYTES, offers, stateOf, type Item } from './keep.ts';
import { Outbox, type Answer } from './outbox.ts';
import { pause, Pusher, type Line } from './push.ts';
import { StorageRefused } from './store.ts';

const DAY = 24 * 3_600_000;
const desk = { mode: 'drill', disaster: '0192d1a0-0000-7000-8000-0000000000d1', municipality: '02203', actor: 'desk', device: '0192d1a0-0000-7000-8000-0000000000de' } as const;
const clock = { boot: '0192d1a0-0000-7000-8000-0000000000b0', mono: () => 5, wall: () => 1_764_300_000_000 };
const hand = { seal: async (content: unknown) => ({ v: 1, data: JSON.stringify(content).length }), sign: async () => 'c2ln' };
const draft: Draft = { kind: 'count-only', subject: '0'.repeat(32), counts: { adults: 2, children: 0, infants: 0, wheelchair: 0 } };
const make = (more: Partial<Draft> = {}) => (prev: string | undefined): Promise<Written> => write({ ...draft, ...more }, desk, clock, hand, prev);

/** A node as the protocol says: insert or ignore, receipts of its epoch if it is the centre. */
class Place {
  stored = new Map<string, string>();
  taken: string[][] = [];
  broken: 'no' | 'before' | 'after' = 'no';
  refuses = new Set<string>();
  limit = 500;
  constructor(readonly id: string, public epoch: string, readonly role: 'centre' | 'kit') {}
  line(): Line {
    const node = () => ({ id: this.id, epoch: this.epoch, role: this.role });
    const receipt = (id: string) => (this.role === 'centre' ? { id, hash: this.stored.get(id) ?? '', epoch: this.epoch } : null);
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
        this.taken.push(results.map(({ id }) => id));
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
const open = () => Outbox.open(name);
async function once(outbox: Outbox, place: Place): Promise<boolean> {
  const heard: boolean[] = [];
  const pusher = new Pusher(outbox, place.line(), ({ ok }) => heard.push(ok));
  await pusher.kick();
  pusher.stop();
  return heard.at(-1) ?? false;
}
const states = async (outbox: Outbox) => {
  const known = await outbox.known();
  return (await outbox.all()).map((item) => stateOf(item, known));
};

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  count += 1;
  name = `test-${count}`;
});

describe('writing', () => {
  it('is on the disk, strictly, before it resolves, and survives the page', async () => {
    const outbox = await open();
    const strict = vi.spyOn(FakeDatabase.prototype as unknown as IDBDatabase, 'transaction');
    const { item } = await outbox.add(make());
    expect(strict.mock.calls.filter(([, mode]) => mode === 'readwrite').map(([, , options]) => options)).toEqual([{ durability: 'strict' }]);
    strict.mockRestore();
    outbox.close();
    const again = await open();
    expect((await again.all()).map(({ id, hash }) => [id, hash])).toEqual([[item.id, item.hash]]);
    expect(await states(again)).toEqual(['device']);
  });

  it('chains what two tabs write at once, in one order, without doubling', async () => {
    const [one, two] = [await open(), await open()];
    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).add(make())));
    const items = await one.all();
    expect(new Set(items.map(({ id }) => id)).size).toBe(20);
    expect(items.map(({ n }) => n)).toEqual(items.map((_, i) => i + 1));
    const prev = items.map(({ body }) => (JSON.parse(body) as { prev?: string }).prev);
    expect(prev).toEqual([undefined, ...items.slice(0, -1).map(({ hash }) => hash)]);
  });

  it('leaves nothing behind when it stops half-way, neither the event nor the chain', async () => {
    const outbox = await open();
    const first = await outbox.add(make());
    await expect(outbox.add(async () => { throw new Error('the page ends here'); })).rejects.toThrow('ends here');
    // The same id again: the store refuses the event, so the end of the chain must not move either.
    await expect(outbox.add(async (prev) => ({ ...(await make()(prev)), event: first.written.event }))).rejects.toBeInstanceOf(StorageRefused);
    const next = await outbox.add(make());
    expect(next.written.event.prev).toBe(first.item.hash);
    expect(await outbox.all()).toHaveLength(2);
  });

  it('says so when the browser does not store', async () => {
    vi.stubGlobal('indexedDB', undefined);
    await expect(Outbox.open('x')).rejects.toMatchObject({ why: 'unavailable' });
    expect(new StorageRefused(new DOMException('', 'QuotaExceededError')).why).toBe('full');
  });
});

describe('pushing', () => {
  it('goes from the device to the kit to the centre', async () => {
    const outbox = await open();
    await outbox.add(make());
    const kit = new Place('kit', 'k1', 'kit');
    await once(outbox, kit);
    expect(await states(outbox)).toEqual(['node']);
    await once(outbox, kit);
    expect(kit.taken).toHaveLength(1);
    await once(outbox, new Place('centre', 'c1', 'centre'));
    expect(await states(outbox)).toEqual(['centre']);
  });

  it('an answer that is lost is asked for again, and stays one event', async () => {
    const outbox = await open();
    await outbox.add(make());
    const centre = new Place('centre', 'c1', 'centre');
    centre.broken = 'after';
    expect(await once(outbox, centre)).toBe(false);
    expect(await states(outbox)).toEqual(['device']);
    outbox.close();
    centre.broken = 'no';
    const reopened = await open();
    expect(await once(reopened, centre)).toBe(true);
    expect(centre.stored.size).toBe(1);
    expect(await states(reopened)).toEqual(['centre']);
    // A late double of the same answer changes nothing.
    const [item] = await reopened.all();
    const receipt = { id: item!.id, hash: item!.hash, epoch: 'c1' };
    await reopened.answered({ node: { id: 'centre', epoch: 'c1', role: 'centre' }, results: [{ id: item!.id, state: 'already', receipt }] }, 2_000);
    expect((await reopened.all()).map(({ receipted_ms }) => receipted_ms)).toEqual([1_000]);
  });

  it('a receipt of other content is no receipt', async () => {
    const outbox = await open();
    const { item } = await outbox.add(make());
    await outbox.receipted({ id: 'centre', epoch: 'c1', role: 'centre' }, [{ id: item.id, hash: 'f'.repeat(64), epoch: 'c1' }], 1_000);
    expect(await states(outbox)).toEqual(['device']);
  });

  it('a centre restored from a backup gets everything again, also through a kit', async () => {
    const outbox = await open();
    for (let i = 0; i < 3; i += 1) await outbox.add(make());
    const centre = new Place('centre', 'c1', 'centre');
    await once(outbox, centre);
    [centre.epoch, centre.stored] = ['c2', new Map()];
    await once(outbox, centre);
    expect(centre.stored.size).toBe(3);
    expect(await states(outbox)).toEqual(['centre', 'centre', 'centre']);
    const kit = new Place('kit', 'k1', 'kit');
    await outbox.receipted({ id: 'kit', epoch: 'k1', role: 'kit', centre: 'c3' }, [], 1_000);
    expect(await states(outbox)).not.toContain('centre');
    await once(outbox, kit);
    expect(kit.stored.size).toBe(3);
  });

  it('a kit restored or cloned gets everything again', async () => {
    const outbox = await open();
    await outbox.add(make());
    const kit = new Place('kit', 'k1', 'kit');
    await once(outbox, kit);
    [kit.epoch, kit.stored] = ['k2', new Map()];
    await once(outbox, kit);
    expect(kit.stored.size).toBe(1);
  });

  it('two tabs that push at once send each event once', async () => {
    const [one, two] = [await open(), await open()];
    for (let i = 0; i < 5; i += 1) await one.add(make());
    const centre = new Place('centre', 'c1', 'centre');
    await Promise.all([once(one, centre), once(two, centre)]);
    expect(centre.taken.flat()).toHaveLength(5);
  });

  it('what is refused stays, is shown, and does not hold up the rest', async () => {
    const outbox = await open();
    const { item } = await outbox.add(make());
    await outbox.add(make());
    const centre = new Place('centre', 'c1', 'centre');
    centre.refuses.add(item.id);
    await once(outbox, centre);
    expect(await states(outbox)).toEqual(['refused', 'centre']);
    await once(outbox, centre);
    expect(centre.taken).toHaveLength(1);
    centre.refuses.clear();
    await outbox.again();
    await once(outbox, centre);
    expect(await states(outbox)).toEqual(['centre', 'centre']);
  });

  it('halves what is too much for a node', async () => {
    const outbox = await open();
    for (let i = 0; i < 7; i += 1) await outbox.add(make());
    const centre = new Place('centre', 'c1', 'centre');
    centre.limit = 2;
    await once(outbox, centre);
    expect(centre.stored.size).toBe(7);
  });

  it('waits longer and longer, at most 30 seconds, never the same', () => {
    for (let attempt = 0; attempt < 40; attempt += 1) {
      expect(pause(attempt, 0)).toBe(200);
      expect(pause(attempt, 0.999)).toBeLessThanOrEqual(30_000);
    }
    expect(pause(0, 0.5)).toBeLessThan(pause(3, 0.5));
  });
});

describe('the rules', () => {
  const item = (more: Partial<Item>): Item => ({ id: 'a', n: 1, body: '{}', signature: 's', hash: 'h', kind: 'leave', wall_ms: 0, ...more });
  const known = { node: { id: 'n', epoch: '1' }, centre: 'c1' };
  const receipt = { id: 'a', hash: 'h', epoch: 'c1' };

  it('one request has at most 500 events and a mebibyte', () => {
    expect(batch(Array.from({ length: 700 }, () => item({})))).toHaveLength(500);
    const big = Array.from({ length: 40 }, () => item({ body: 'あ"'.repeat(12_000) }));
    const taken = batch(big);
    expect(JSON.stringify({ events: taken.map(({ body, signature }) => ({ body, signature })) }).length).toBeLessThan(MAX_BYTES);
    expect(taken.length).toBeGreaterThan(5);
    expect(taken.length).toBeLessThan(40);
  });

  it('copies go only with a receipt of the centre of today and seven days after it, by the node’s clock', () => {
    expect(forgettable(item({ receipt, receipted_ms: 0 }), known, 7 * DAY)).toBe(true);
    expect(forgettable(item({ receipt, receipted_ms: 0 }), known, 7 * DAY - 1)).toBe(false);
    expect(forgettable(item({ receipt, receipted_ms: 0 }), { ...known, centre: 'c2' }, 70 * DAY)).toBe(false);
    expect(forgettable(item({ receipt, receipted_ms: 0 }), { ...known, centre: null }, 70 * DAY)).toBe(false);
    expect(forgettable(item({ at: { node: 'n', epoch: '1', centre: 'c1' } }), known, 70 * DAY)).toBe(false);
  });

  it('a neighbour’s word is no receipt: it is asked for', () => {
    const held = item({ at: { node: 'n', epoch: '1', centre: 'c1' } });
    expect(offers([held], known, 0)).toEqual([]);
    expect(awaiting([held], known)).toEqual([held]);
    expect(offers([held], { node: { id: 'other', epoch: '1' }, centre: 'c1' }, 0)).toEqual([held]);
  });

  it('what is quarantined is never offered again by itself', () => {
    expect(offers([item({ trouble: { state: 'quarantined', code: 'x', tried_ms: 0 } })], known, 99 * DAY)).toEqual([]);
  });
});

it('a copy seven days receipted is gone after the next contact, and not before', async () => {
  const outbox = await open();
  await outbox.add(make());
  await once(outbox, new Place('centre', 'c1', 'centre'));
  await outbox.receipted({ id: 'centre', epoch: 'c1', role: 'centre' }, [], 1_000 + 7 * DAY - 1);
  expect(await outbox.all()).toHaveLength(1);
  await outbox.receipted({ id: 'centre', epoch: 'c1', role: 'centre' }, [], 1_000 + 7 * DAY);
  expect(await outbox.all()).toHaveLength(0);
  // The chain goes on where it was.
  expect((await outbox.add(make())).written.event.prev).toMatch(/^[0-9a-f]{64}$/);
});
