import { describe, expect, it } from 'vitest';
import { awaiting, batch, forgettable, heard, MAX_BYTES, NOTHING_KNOWN, offers, type Item } from './keep.ts';
import { DAY } from './outbox.fixture.ts';

describe('the rules', () => {
  const item = (more: Partial<Item>): Item => ({ id: 'a', n: 1, body: '{}', signature: 's', hash: 'h', kind: 'leave', wall_ms: 0, ...more });
  const known = { node: { id: 'n', epoch: '1' }, centre: 'c1', centre_ms: 7 * DAY };
  const receipt = { event: 'a', hash: 'h', epoch: 'c1', at_ms: 0 };

  it('one request has at most 500 events and a mebibyte', () => {
    expect(batch(Array.from({ length: 700 }, () => item({})))).toHaveLength(500);
    const big = Array.from({ length: 40 }, () => item({ body: 'あ"'.repeat(12_000) }));
    const taken = batch(big);
    expect(JSON.stringify({ events: taken.map(({ body, signature }) => ({ body, signature })) }).length).toBeLessThan(MAX_BYTES);
    expect(taken.length).toBeGreaterThan(5);
    expect(taken.length).toBeLessThan(40);
  });

  it('copies go only with a receipt of the centre of today and seven days after it, by the centre’s clock', () => {
    expect(forgettable(item({ receipt }), known)).toBe(true);
    expect(forgettable(item({ receipt }), { ...known, centre_ms: 7 * DAY - 1 })).toBe(false);
    expect(forgettable(item({ receipt }), { ...known, centre: 'c2', centre_ms: 70 * DAY })).toBe(false);
    expect(forgettable(item({ receipt }), { ...known, centre: null, centre_ms: null })).toBe(false);
    expect(forgettable(item({ at: { node: 'n', epoch: '1', centre: 'c1' } }), { ...known, centre_ms: 70 * DAY })).toBe(false);
  });

  it('of the centre only newer words count, and its clock is never a kit’s', () => {
    const kit = { id: 'k', epoch: 'k1', role: 'kit' } as const;
    const centre = { id: 'c', epoch: 'c2', role: 'centre' } as const;
    expect(heard(NOTHING_KNOWN, kit, [], 400 * DAY)).toEqual({ node: { id: 'k', epoch: 'k1' }, centre: null, centre_ms: null });
    const now = heard(NOTHING_KNOWN, centre, [], DAY);
    expect(now).toEqual({ node: { id: 'c', epoch: 'c2' }, centre: 'c2', centre_ms: DAY });
    expect(heard(now, kit, [{ ...receipt, epoch: 'c1', at_ms: 99 * DAY }], 400 * DAY)).toMatchObject({ centre: 'c2', centre_ms: DAY });
    expect(heard(now, kit, [{ ...receipt, epoch: 'c3', at_ms: 2 }], 400 * DAY)).toMatchObject({ centre: 'c3', centre_ms: 2 });
  });

  it('a neighbour’s word is no receipt: it is asked for', () => {
    const held = item({ at: { node: 'n', epoch: '1', centre: 'c1' } });
    expect(offers([held], known, 0)).toEqual([]);
    expect(awaiting([held], known)).toEqual([held]);
    expect(offers([held], { ...known, node: { id: 'other', epoch: '1' } }, 0)).toEqual([held]);
  });

  it('what is quarantined is never offered again by itself', () => {
    expect(offers([item({ trouble: { state: 'quarantined', code: 'x', tried_ms: 0 } })], known, 99 * DAY)).toEqual([]);
  });
});
