import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { byGravity, ledByTsunami, ordersToShow, spoken, topIcon } from './choose.ts';
import { intensityKey, intensityStep, ledBySea, levelKey, rankClass, strength, tsunamiGrade } from './colours.ts';
import type { AreaAlerts, EvacuationOrder, MunicipalityState } from './model.ts';
import { byUrgency, districtsOf, type Order } from './orders.ts';
import { remaining } from './remaining.ts';

const text = (ja: string) => ({ ja, easy: ja, en: ja });
const alerts = (over: Partial<AreaAlerts>): AreaAlerts => ({
  mode: 'drill', as_of: '', known_since: '', last_report: null, sources: [], area: { code: '02203', name: '八戸市', kana: '', romaji: '' },
  level: null, rank: 0, headline: text('a'), action: text(''), since: null, hazards: [], evacuation: [], quake: null, tsunami: [], bulletins: [], advisory: null, ...over,
});
const order = (over: Partial<EvacuationOrder>): EvacuationOrder => ({
  id: '1', level: 4, name: text(''), municipality: '02203', municipality_name: '八戸市', districts: [], reason: '', action: text(''), shelters_note: null,
  issued_at: '2025-12-08T23:20:00+09:00', corrected_at: null, ended_at: null, status: 'in_force', mode: 'drill', ...over,
});

test('intensities are read in every spelling that telegrams and people use', () => {
  const cases: [string | null, string][] = [
    ['5-', '5-lower'], ['5弱', '5-lower'], ['５弱', '5-lower'], ['5+', '5-upper'], ['6強', '6-upper'], ['6-', '6-lower'], ['7', '7'], ['1', '1'], [null, 'unknown'], ['', 'unknown'], ['!5-', 'unknown'],
  ];
  for (const [given, step] of cases) expect(intensityStep(given), String(given)).toBe(step);
  expect(intensityKey('6+')).toBe('intensity.6-upper');
  expect(['7', '6+', '6-', '5+', '5-', '4', '3', '2', '1', null].map(strength)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 0]);
});

test('the official level goes before our rank; a tsunami without a level is never called a level', () => {
  expect(levelKey(4, 4)).toBe('level.4');
  expect(levelKey(null, 5)).toBe('rank.5');
  expect(levelKey(0, 2)).toBe('rank.2');
  expect([-1, 2.4, 9, Number.NaN].map(rankClass)).toEqual(['rank-0', 'rank-2', 'rank-5', 'rank-0']);
});

test('every colour carries enough contrast for the size it is used in', () => {
  const css = readFileSync('src/app.css', 'utf8');
  const named = Object.fromEntries([...css.matchAll(/(--color-rank-\d): (#\w+);/g)].map(([, name, hex]) => [`var(${name})`, hex]));
  const rules = [...css.matchAll(/^\.((?:rank|tsunami|intensity)-[\w-]+)(?:, \.[\w-]+)? \{ background: ([^;]+); color: (#\w+);/gm)];
  expect(rules.length).toBeGreaterThanOrEqual(20);
  for (const [, name = '', back = '', fore = ''] of rules) {
    if (back.startsWith('var(--color-solid')) continue;
    // Large bold text (the badge is 19 px bold): 3 : 1; black on a colour reaches 4.5 : 1.
    expect(contrast(named[back] ?? back, fore), name).toBeGreaterThanOrEqual(fore === '#fff' ? 3 : 4.5);
  }
});

test('the gravest thing gives the picture', () => {
  expect(topIcon(alerts({}))).toBe('info');
  expect(topIcon(alerts({ rank: 4, evacuation: [order({})] }))).toBe('run');
  expect(topIcon(alerts({ rank: 5, evacuation: [order({})], quake: { id: '', intensity: '7', pending: false, by_area: false, at: '', epicentre: null, epicentre_text: null, magnitude: null, text: text(''), action: text('') } }))).toBe('quake');
});

test('a tsunami is painted by its grade, not by its rank', () => {
  expect([5, 4, 3, 1, 0].map(tsunamiGrade)).toEqual(['major_warning', 'warning', 'advisory', 'forecast', 'none']);
  const tsunami = [{ code: '201', grade: 'warning', rank: 4 }] as unknown as AreaAlerts['tsunami'];
  expect(ledByTsunami(alerts({ rank: 4, tsunami }))).toBe('warning');
  expect(ledByTsunami(alerts({ rank: 5, tsunami }))).toBeUndefined();
  expect(ledByTsunami(alerts({ rank: 4, tsunami, evacuation: [order({})] }))).toBeUndefined();
  const hazards = [{ hazard: 'tsunami', level: null, rank: 3, name: text('') }] as MunicipalityState['hazards'];
  expect(ledBySea({ rank: 3, evacuation_level: null, hazards })).toBe('advisory');
  expect(ledBySea({ rank: 4, evacuation_level: null, hazards })).toBeUndefined();
});

test('orders in force stand first, ended ones stay for some hours', () => {
  const now = new Date('2025-12-09T01:00:00+09:00');
  const lifted = order({ id: '2', status: 'lifted', ended_at: '2025-12-09T00:30:00+09:00' });
  const old = order({ id: '3', status: 'withdrawn', issued_at: '2025-12-08T10:00:00+09:00' });
  expect(ordersToShow([old, lifted, order({ level: 3 }), order({ id: '4', level: 5 })], now).map(({ id }) => id)).toEqual(['4', '1', '2']);
});

test('municipalities where nothing is said are not listed as calm', () => {
  const state = (code: string, rank: number) => ({ code, rank }) as MunicipalityState;
  expect(byGravity([state('02202', 0), state('02203', 4), state('02201', 4), state('02207', 5)]).map(({ code }) => code)).toEqual(['02207', '02201', '02203']);
});

test('a change is read aloud once, urgently when it got worse', () => {
  const calm = alerts({});
  expect(spoken(undefined, calm)).toEqual({ changed: false, urgent: false });
  expect(spoken(calm, alerts({}))).toEqual({ changed: false, urgent: false });
  expect(spoken(calm, alerts({ rank: 4, headline: text('津波警報') }))).toEqual({ changed: true, urgent: true });
  expect(spoken(alerts({ rank: 4 }), alerts({ rank: 2, headline: text('注意報') }))).toEqual({ changed: true, urgent: false });
  expect(spoken(alerts({ rank: 4 }), alerts({ rank: 4, evacuation: [order({})] }))).toEqual({ changed: true, urgent: true });
  expect(spoken(calm, alerts({ area: { code: '02201', name: '', kana: '', romaji: '' }, rank: 5 }))).toEqual({ changed: false, urgent: false });
});

test('what remains of an advisory', () => {
  const week = { since: '2025-12-09T00:00:00+09:00', until: '2025-12-16T00:00:00+09:00', closed: false };
  expect(remaining(week, new Date('2025-12-09T01:00:00+09:00'))).toMatchObject({ over: false, days: 6, hours: 23 });
  expect(remaining(week, new Date('2025-12-16T00:00:01+09:00'))).toMatchObject({ over: true, days: 0, hours: 0, share: 1 });
  expect(remaining({ ...week, closed: true }, new Date(week.since))).toMatchObject({ over: true, share: 0 });
});

test('districts are read from what people type', () => {
  expect(districtsOf('市川地区\n 根城 、沼館,市川地区\n\n')).toEqual(['市川地区', '根城', '沼館']);
  expect(districtsOf(' ')).toEqual([]);
});

test('what waits for a second person stands first', () => {
  const of = (id: string, status: Order['status'], proposed_at: string) => ({ id, status, proposed_at }) as Order;
  const list = [of('a', 'lifted', '3'), of('b', 'in_force', '2'), of('c', 'proposed', '1'), of('d', 'proposed', '2')];
  expect(byUrgency(list).map(({ id }) => id)).toEqual(['d', 'c', 'b', 'a']);
});

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const full = hex.length === 4 ? [...hex.slice(1)].map((each) => each + each).join('') : hex.slice(1);
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
    const part = parseInt(full.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
