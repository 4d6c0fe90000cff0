import { expect, test } from 'vitest';
import base from 'virtual:base-map';
import type { MunicipalityState, Quake, Tsunami } from '$rooms/alerts/model.ts';
import { coastColours, looks, newest } from './picture.ts';

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

test('the newest quake with a place is marked, a cancelled one is not', () => {
  const quake = (id: string, over: object) => ({ id, cancelled: false, epicentre: { lat: 41, lon: 142 }, ...over }) as Quake;
  expect(newest([quake('a', { cancelled: true }), quake('b', { epicentre: null }), quake('c', {})])?.id).toBe('c');
  expect(newest(undefined)).toBeUndefined();
});

test('the base map is small, holds Aomori, and its three coasts are long lines that end where the next begins', () => {
  expect(JSON.stringify(base).length).toBeLessThan(120_000);
  const lines = Object.fromEntries(base.coasts.features.map(({ properties, geometry }) => [properties.zone, geometry.coordinates]));
  expect(Object.keys(lines).sort()).toEqual(['200', '201', '202']);
  for (const line of Object.values(lines)) expect(line.length).toBeGreaterThan(20);
  expect(lines['200']?.at(-1)).toEqual(lines['202']?.[0]);
  expect(lines['202']?.at(-1)).toEqual(lines['201']?.[0]);
});
