import { IDBDatabase as FakeDatabase } from 'fake-indexeddb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DAY, fresh, make, once, open, Place, states } from './outbox.fixture.ts';
import { Outbox } from './outbox.ts';
import { StorageRefused } from './store.ts';

beforeEach(fresh);

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
