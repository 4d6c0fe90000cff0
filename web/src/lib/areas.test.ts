import { expect, test } from 'vitest';
import { areaByCode, AREAS, byKanaRow, nearest, search } from './areas.ts';

test('the table holds the forty municipalities, each once, in Aomori', () => {
  expect(AREAS).toHaveLength(40);
  expect(new Set(AREAS.map(({ code }) => code)).size).toBe(40);
  for (const { code, kana, romaji, lat, lon } of AREAS) {
    expect(code).toMatch(/^02\d{3}$/);
    expect(kana).toMatch(/^[ぁ-ん]+(し|まち|ちょう|むら)$/);
    expect(romaji).toMatch(/^[A-Z][a-z]+$/);
    expect(lat).toBeGreaterThan(40.2);
    expect(lat).toBeLessThan(41.6);
    expect(lon).toBeGreaterThan(139.8);
    expect(lon).toBeLessThan(141.7);
  }
});

test('every municipality stands in exactly one row of the syllabary', () => {
  const rows = byKanaRow(AREAS);
  expect(rows.flatMap(({ areas }) => areas)).toHaveLength(40);
  expect(rows.map(({ row }) => row).join('')).toBe('あかさたなはまやら'.replace('ら', '') + (rows.some(({ row }) => row === 'ら') ? 'ら' : ''));
});

test('a municipality is found by name, reading, katakana and romaji', () => {
  for (const words of ['八戸', 'はちのへ', 'ハチノヘ', 'hachi', ' Hachinohe ']) {
    expect(search(words).map(({ code }) => code), words).toContain('02203');
  }
  expect(search('外ケ浜').map(({ code }) => code)).toEqual(['02307']);
  expect(search('六ヶ所').map(({ code }) => code)).toEqual(['02411']);
  expect(search('鯵ヶ沢').map(({ code }) => code)).toEqual(['02321']);
  expect(search('札幌')).toEqual([]);
  expect(search('')).toHaveLength(40);
});

test('a position finds the nearest town hall, and says how far it is', () => {
  expect(nearest(40.51, 141.49).area.code).toBe('02203');
  expect(nearest(40.51, 141.49).km).toBeLessThan(2);
  const tokyo = nearest(35.68, 139.77);
  expect(tokyo.km).toBeGreaterThan(400);
});

test('an unknown code is no area', () => {
  expect(areaByCode('13101')).toBeUndefined();
});
