import { expect, test } from 'vitest';
import { holds } from './model.ts';
import { opened } from './passkey.ts';

test('the prefecture covers every municipality, a municipality only itself', () => {
  const mine = [{ duty: 'evacuation-orders', area: 'municipality:02203' }, { duty: 'watch', area: 'prefecture:02' }] as const;
  expect(holds(mine, 'evacuation-orders')).toBe(true);
  expect(holds(mine, 'evacuation-orders', 'municipality:02203')).toBe(true);
  expect(holds(mine, 'evacuation-orders', 'municipality:02201')).toBe(false);
  expect(holds(mine, 'watch', 'municipality:02201')).toBe(true);
  expect(holds(mine, 'administrator')).toBe(false);
});

test('binary members become bytes, names stay names', () => {
  const read = opened({
    challenge: 'AQI', rp: { id: 'localhost', name: 'x' }, user: { id: 'AQI', name: 'AQI' }, excludeCredentials: [{ id: 'AQI', type: 'public-key' }], timeout: 5, extensions: null,
  }) as Record<string, never>;
  expect(read).toMatchObject({ challenge: Uint8Array.from([1, 2]), rp: { id: 'localhost' }, user: { id: Uint8Array.from([1, 2]), name: 'AQI' }, excludeCredentials: [{ id: Uint8Array.from([1, 2]), type: 'public-key' }], timeout: 5 });
  expect('extensions' in read).toBe(false);
});
