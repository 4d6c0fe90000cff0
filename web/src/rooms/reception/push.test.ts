import { beforeEach, describe, expect, it } from 'vitest';
import { fresh, make, once, open, Place, states } from './outbox.fixture.ts';
import { pause } from './push.ts';

beforeEach(fresh);

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
    const receipt = { event: item!.id, hash: item!.hash, epoch: 'c1', at_ms: 5_000 };
    await reopened.answered([item!], { node: { id: 'centre', epoch: 'c1', role: 'centre' }, results: [{ id: item!.id, state: 'already', receipt }] }, 2_000);
    expect((await reopened.all()).map((each) => each.receipt?.at_ms)).toEqual([1_000]);
  });

  it('a receipt of other content is no receipt', async () => {
    const outbox = await open();
    const { item } = await outbox.add(make());
    await outbox.receipted({ id: 'centre', epoch: 'c1', role: 'centre' }, [{ event: item.id, hash: 'f'.repeat(64), epoch: 'c1', at_ms: 1_000 }], 1_000);
    expect(await states(outbox)).toEqual(['device']);
  });

  it('a centre restored from a backup gets everything again, also through a kit', async () => {
    const outbox = await open();
    for (let i = 0; i < 3; i += 1) await outbox.add(make());
    const centre = new Place('centre', 'c1', 'centre');
    await once(outbox, centre);
    [centre.epoch, centre.stored] = ['c2', new Map()];
    // The desk hears of it by the context that it asks for every minute.
    await outbox.receipted({ id: 'centre', epoch: 'c2', role: 'centre' }, [], 1_000);
    expect(await states(outbox)).toEqual(['device', 'device', 'device']);
    await once(outbox, centre);
    expect(centre.stored.size).toBe(3);
    expect(await states(outbox)).toEqual(['centre', 'centre', 'centre']);
    const kit = new Place('kit', 'k1', 'kit');
    await outbox.receipted({ id: 'kit', epoch: 'k1', role: 'kit' }, [{ event: 'another', hash: '', epoch: 'c3', at_ms: 1 }], 1_000);
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
    await outbox.receipted({ id: 'kit', epoch: 'k2', role: 'kit' }, [], 1_000);
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
