import { expect, test } from 'vitest';
import { pollEvery, wait } from './backoff.ts';
import { nameIn, silent } from './stream.svelte.ts';

test('waits are spread over the whole of a growing span, up to two minutes', () => {
  expect(wait(0, 0)).toBe(500);
  expect(wait(0, 0.999)).toBeLessThanOrEqual(2_000);
  expect(wait(3, 0.999)).toBeGreaterThan(15_000);
  for (let attempt = 0; attempt < 50; attempt += 1) {
    for (const random of [0, 0.3, 0.999]) {
      expect(wait(attempt, random)).toBeGreaterThanOrEqual(500);
      expect(wait(attempt, random)).toBeLessThanOrEqual(120_000);
    }
  }
});

test('polls come every 15 to 30 seconds', () => {
  expect(pollEvery(0)).toBe(15_000);
  expect(pollEvery(0.999)).toBeLessThan(30_000);
});

test('a stream that says nothing for more than a minute and a half is opened anew', () => {
  expect(silent(1_000, 61_000)).toBe(false);
  expect(silent(1_000, 91_001)).toBe(true);
});

test('an event names a document, or is not for us', () => {
  expect(nameIn('{"document":"alerts/02203","version":17}')).toBe('alerts/02203');
  for (const bad of ['', 'x', '{}', '{"document":7}']) expect(nameIn(bad)).toBeUndefined();
});
