import { expect, test } from 'vitest';
import { preferred } from './i18n/languages.ts';
import { understood } from './settings.svelte.ts';
import { modeFor, type Site } from './site.svelte.ts';

test('what a device kept is read with care', () => {
  expect(understood(null)).toEqual({});
  expect(understood('not json')).toEqual({});
  expect(understood('{"area":"02203","language":"easy","drill":true}')).toEqual({ area: '02203', language: 'easy', drill: true });
  expect(understood('{"area":"13101","language":"fr","drill":"yes"}')).toEqual({});
});

test('a first visitor meets the first language of the browser that we have, else English', () => {
  expect(preferred(['ja-JP', 'en'])).toBe('ja');
  expect(preferred(['en-US', 'ja'])).toBe('en');
  expect(preferred(['pt-BR', 'ja'])).toBe('ja');
  expect(preferred(['vi'])).toBe('en');
  expect(preferred([])).toBe('ja');
});

const site = (demo: boolean, active: boolean): Site => ({
  name: { ja: '', easy: '', en: '' }, demo, drill: { active, scenario: null, since: null }, version: '',
});

test('a device that is not enrolled never looks at a drill', () => {
  for (const about of [undefined, site(false, true), site(true, true)]) {
    for (const choice of [null, 'drill', 'live'] as const) expect(modeFor(false, about, choice)).toBe('live');
  }
});

test('an enrolled device sees the drill while one runs, and can look at the real world', () => {
  expect(modeFor(true, undefined, null)).toBe('live');
  expect(modeFor(true, site(false, false), null)).toBe('live');
  expect(modeFor(true, site(false, true), null)).toBe('drill');
  expect(modeFor(true, site(true, false), null)).toBe('drill');
  expect(modeFor(true, site(true, true), 'live')).toBe('live');
  expect(modeFor(true, site(false, false), 'drill')).toBe('drill');
});
