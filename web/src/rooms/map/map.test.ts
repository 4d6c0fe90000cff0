import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { expect, test } from 'vitest';
import base from 'virtual:base-map';
import type { MunicipalityState, Quake, Quakes, Tsunami } from '$rooms/alerts/model.ts';
import { LATER } from './base-style.ts';
import { layersOf, OVERLAYS } from './overlays.ts';
import { DARK, LIGHT } from './palette.ts';
import { coastColours, coloured, looks } from './picture.ts';
import { style } from './style.ts';

const state = (over: Partial<MunicipalityState>): MunicipalityState => ({
  code: '02203', name: '八戸市', kana: '', romaji: 'Hachinohe', level: null, rank: 0, top: null, hazards: [], intensity: null, intensity_pending: false, intensity_by_area: false, evacuation_level: null, ...over,
});
const look = (over: Partial<MunicipalityState>, theme: 'level' | 'intensity') => looks([state(over)], theme, (key) => key, ({ name }) => name).get('02203');

test('a mark never says anything by colour alone', () => {
  expect(look({ level: 4, rank: 4 }, 'level')).toMatchObject({ colour: '#aa00aa', sign: '4', words: 'level.4', quiet: false });
  expect(look({ rank: 5 }, 'level')).toMatchObject({ sign: '!', words: 'rank.5' });
  expect(look({}, 'level')).toMatchObject({ sign: '', words: 'rank.0', quiet: true });
  expect(look({ intensity: '6+' }, 'intensity')).toMatchObject({ colour: '#a50021', sign: '6+', words: 'intensity.6-upper' });
});

test('a place that has not reported is not shown as calm', () => {
  expect(look({ intensity_pending: true }, 'intensity')).toMatchObject({ sign: '?', words: 'intensity.pending', quiet: false });
  expect(look({}, 'intensity')).toMatchObject({ words: 'intensity.none', quiet: true });
});

test('coasts are coloured while something is in force for them', () => {
  const zones = [{ code: '201', grade: 'warning' }, { code: '200', grade: 'none' }];
  expect([...coastColours({ zones } as Tsunami)]).toEqual([['201', '#ff2800']]);
  expect(coastColours(undefined).size).toBe(0);
});

test('in the theme of levels a tsunami has its own colour, unless an order leads', () => {
  const sea = { hazard: 'tsunami', level: null, rank: 4, name: { ja: '', easy: '', en: '' } } as const;
  expect(look({ rank: 4, hazards: [sea] }, 'level')).toMatchObject({ colour: '#ff2800', class: 'tsunami-warning', sign: '!' });
  expect(look({ rank: 4, hazards: [sea], evacuation_level: 4 }, 'level')).toMatchObject({ class: 'rank-4' });
});

test('the quake marked is the one that colours Aomori: felt here, within a day, not cancelled', () => {
  const now = new Date('2025-12-09T00:00:00+09:00');
  const quake = (id: string, over: object) =>
    ({ id, cancelled: false, arrived_at: '2025-12-08T23:15:00+09:00', epicentre: null, prefecture_max: '3', municipalities: [], telegrams: [{ reported_at: '2025-12-08T23:20:00+09:00' }], ...over }) as unknown as Quake;
  const far = quake('far', { prefecture_max: null });
  const old = quake('old', { prefecture_max: '7', arrived_at: '2025-12-07T23:00:00+09:00' });
  const marked = (list: Quake[], mode = 'live', at = now, felt: string | null = '3') => coloured({ mode, quakes: list } as Quakes, [state({ intensity: felt })], at)?.id;
  expect(marked([far, quake('gone', { cancelled: true }), quake('b', {}), quake('c', {}), old])).toBe('b');
  expect(marked([quake('after', {}), quake('main', { prefecture_max: '6+' })])).toBe('main');
  expect(marked([far, quake('silent', { prefecture_max: null, municipalities: [{ code: '02203', pending: true }] })])).toBe('silent');
  expect(marked([far, old])).toBeUndefined();
  expect(marked([quake('b', {})], 'live', now, null)).toBeUndefined();
  // A year later: in the real world long over, in a drill its own day.
  const later = new Date('2026-11-23T00:00:00+09:00');
  expect([marked([quake('b', {}), old], 'live', later), marked([quake('b', {}), old], 'drill', later)]).toEqual([undefined, 'b']);
  expect(coloured(undefined, [], now)).toBeUndefined();
});

test('the base map is small, holds Aomori, and its three coasts are long lines that end where the next begins', () => {
  expect(JSON.stringify(base).length).toBeLessThan(120_000);
  const lines = Object.fromEntries(base.coasts.features.map(({ properties, geometry }) => [properties.zone, geometry.coordinates]));
  expect(Object.keys(lines).sort()).toEqual(['200', '201', '202']);
  for (const line of Object.values(lines)) expect(line.length).toBeGreaterThan(20);
  expect(lines['200']?.at(-1)).toEqual(lines['202']?.[0]);
  expect(lines['202']?.at(-1)).toEqual(lines['201']?.[0]);
});

test('the style is right, so that no phone need check it', () => {
  for (const palette of [LIGHT, DARK]) {
    for (const coarse of [true, false]) expect(validateStyleMin(style(palette, 'x://tiles/{z}/{x}/{y}', coarse))).toEqual([]);
  }
  const ids = style(LIGHT, 'x://', true).layers.map(({ id }) => id);
  for (const id of [...LATER, ...OVERLAYS.flatMap(layersOf)]) expect(ids).toContain(id);
});
