import { expect, test } from 'vitest';
import { behind, period, silence, stopped, type Source, type Sources } from './model.ts';

const source = (key: string, state: Source['state']) => ({ key, state }) as Source;
const sources: Sources = {
  as_of: '2025-12-08T23:15:00+09:00',
  sources: [source('a', 'fresh'), source('b', 'late'), source('c', 'stale'), source('d', 'never')],
  not_understood: [],
};

test('what is behind is named, and an unknown source is none of it', () => {
  expect(behind(sources, ['a', 'b', 'd']).map(({ key }) => key)).toEqual(['b', 'd']);
  expect(behind(sources, ['x'])).toEqual([]);
  expect(behind(undefined, ['a'])).toEqual([]);
});

test('a page of which nothing was ever heard says so, and never looks calm', () => {
  const heard = (key: string, received: number) => ({ ...source(key, 'fresh'), received }) as Source;
  const known: Sources = { ...sources, sources: [heard('a', 3), heard('b', 0)] };
  expect(silence(known, ['a', 'b'])).toBeNull();
  expect(silence(known, ['b', 'x'])).toBe('unheard');
  expect(silence(known, [])).toBe('unheard');
  expect(silence(known, ['x', 'y'])).toBe('unset');
  expect(silence({ ...sources, sources: [] }, ['jma-extra'])).toBe('unset');
  expect(silence(undefined, ['a'])).toBeNull();
});

test('a list of sources that does not move says that the server itself stands still', () => {
  expect(stopped(sources, new Date('2025-12-08T23:20:00+09:00'))).toBe(false);
  expect(stopped(sources, new Date('2025-12-08T23:30:01+09:00'))).toBe(true);
  expect(stopped(undefined, new Date())).toBe(false);
});

test('periods are said in the unit people use', () => {
  expect(period(30)).toEqual({ unit: 'seconds', count: 30 });
  expect(period(120)).toEqual({ unit: 'minutes', count: 2 });
  expect(period(7200)).toEqual({ unit: 'hours', count: 2 });
});
