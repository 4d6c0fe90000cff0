import { expect, test } from 'vitest';
import { clock, isLater, minutes, understood, type Message } from './model.ts';
import { addsUp, byUrgency, filled, type Ledger, type Notice } from './office/api.ts';

const MESSAGE = { v: 1, id: 'i', receipt: 'r', mode: 'drill', kind: 'tsunami', rank: 4, urgent: true, title: '【訓練】津波警報', body: '逃げてください', lang: 'ja', tag: 't', at: '2026-11-28T12:00:00+09:00', towns: ['02203'] };

test('only messages of ours are understood', () => {
  expect(understood(JSON.stringify(MESSAGE))?.title).toBe('【訓練】津波警報');
  for (const foreign of ['', 'null', '[]', '{"v":2}', JSON.stringify({ ...MESSAGE, receipt: 7 })]) expect(understood(foreign)).toBeUndefined();
});

test('of two messages the one that was made later stays', () => {
  const at = (time: string, id = 'i') => ({ ...MESSAGE, at: time, id }) as Message;
  expect(isLater(at('2026-11-28T12:00:01+09:00'), at('2026-11-28T12:00:00.5+09:00'))).toBe(true);
  expect(isLater(at('2026-11-28T12:00:00+09:00', 'b'), at('2026-11-28T12:00:00+09:00', 'a'))).toBe(true);
  expect(isLater(at('2026-11-28T12:00:00+09:00'), at('2026-11-28T12:00:00+09:00'))).toBe(false);
});

test('minutes of the day are read as they are shown', () => {
  for (const each of [0, 359, 1320, 1439]) expect(minutes(clock(each))).toBe(each);
  for (const bad of ['', '24:00', '7', '12:60']) expect(minutes(bad)).toBeUndefined();
});

test('what is not filled in yet stays to be seen', () => {
  const words = { ja: '{place}で断水', easy: '{place}で 水が 出ません', en: 'No water in {place}' };
  expect(filled(words, { place: { ja: '市川', easy: ' ', en: '{x}' } })).toEqual({ ja: '市川で断水', easy: '{place}で 水が 出ません', en: 'No water in {x}' });
});

test('the states of a ledger add up, or it is seen that they do not', () => {
  const ledger: Ledger = { matched: 9, queued: 1, sealed: 1, accepted: 2, shown: 1, expired: 1, gone: 1, failed: 1, stopped: 1, causes: [] };
  expect(addsUp(ledger)).toBe(true);
  expect(addsUp({ ...ledger, gone: 0 })).toBe(false);
});

test('what waits for a second person comes first', () => {
  const notice = (id: string, state: Notice['state'], made_at: string) => ({ id, state, made_at }) as Notice;
  const sorted = byUrgency([notice('a', 'sent', '2026-11-28T13:00'), notice('b', 'sending', '2026-11-28T11:00'), notice('c', 'pending', '2026-11-28T10:00'), notice('d', 'sent', '2026-11-28T14:00')]);
  expect(sorted.map(({ id }) => id)).toEqual(['c', 'b', 'd', 'a']);
});
