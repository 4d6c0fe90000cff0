import { expect, test } from 'vitest';
import { newId } from './ids.ts';

test('ids are UUIDv7: unique, and ordered by time', () => {
  const first = newId(1_765_203_300_000);
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(first.replaceAll('-', '').slice(0, 12)).toBe((1_765_203_300_000).toString(16).padStart(12, '0'));
  expect(first < newId(1_765_203_300_001)).toBe(true);
  expect(new Set(Array.from({ length: 100 }, () => newId(1))).size).toBe(100);
});
