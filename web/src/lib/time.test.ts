import { expect, test } from 'vitest';
import { clock, dateTime, span } from './time.ts';

const quake = '2025-12-08T23:15:00+09:00';
const now = new Date('2025-12-08T15:00:00Z');

test('times are Japanese whatever the device is set to', () => {
  expect(clock(quake, 'ja')).toBe('23時15分');
  expect(dateTime(quake, 'ja', now)).toBe('12月8日 23時15分');
  expect(dateTime('2025-12-08T14:15:00Z', 'easy', now)).toBe('12月8日 23時15分');
  expect(dateTime(quake, 'en', now)).toBe('8 Dec 23:15');
});

test('another year is said', () => {
  expect(dateTime('2011-03-11T14:46:00+09:00', 'ja', now)).toBe('2011年3月11日 14時46分');
  // Already the new year in Japan, not yet in London.
  expect(dateTime('2025-12-31T15:30:00Z', 'ja', now)).toBe('2026年1月1日 0時30分');
});

test('a span is said in the one unit that matters', () => {
  const at = (minutes: number) => span(quake, new Date(new Date(quake).getTime() + minutes * 60_000));
  expect(at(0.5)).toEqual({ unit: 'now', count: 0 });
  expect(at(59)).toEqual({ unit: 'minutes', count: 59 });
  expect(at(119)).toEqual({ unit: 'hours', count: 1 });
  expect(at(72 * 60)).toEqual({ unit: 'days', count: 3 });
});
