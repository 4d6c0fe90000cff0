import { expect, test } from 'vitest';
import type { AreaAlerts } from '$rooms/alerts/model.ts';
import { finder, fromUrl, nothing, passes, toUrl, type Filter } from './filter.ts';
import type { Facility, Opening } from './model.ts';
import { around, byDistance, roughly } from './near.ts';
import { adhocPlace, fullness, standing } from './openings.ts';
import { shown } from './shown.ts';
import { inForceFor, suits, usable } from './suitability.ts';

const place = (over: Partial<Facility> = {}): Facility => ({
  ...adhocPlace(opening('', 'closed'), '02203'), id: 'a', name: '見本第一小学校', kana: 'ミホンダイイチショウガッコウ', kinds: ['shelter'], address: '八戸市見本町１－２ー３', lat: 40.51, lon: 141.49, ...over,
});
function opening(facility: string, state: Opening['state'], over: Partial<Opening> = {}): Opening {
  return { facility, name: 'x', lat: 40.5, lon: 141.5, state, since: '', reason: null, adhoc: false, persons: null, households: null, counted_at: null, capacity: null, instead: null, note: null, ...over };
}
const filter = (over: Partial<Filter>): Filter => ({ ...nothing(), ...over });
const document = <T>(data: T) => ({ data });

test('a place is found by name, reading and address, however they are typed', () => {
  for (const words of ['第一小', 'みほん', 'ﾐﾎﾝ だいいち', '見本町1-2-3', '見本町１‐２', '小学校　八戸']) expect(finder(words)(place()), words).toBe(true);
  for (const words of ['第二小', '見本町1-2-4', '小学校 青森']) expect(finder(words)(place()), words).toBe(false);
  expect(finder('  ')(place())).toBe(true);
});

test('the filter stands in the address and comes back from it; foreign words are not taken', () => {
  const full = filter({ words: 'みほん', area: '02203', kinds: ['shelter', 'aed'], hazard: 'tsunami', features: ['pets'], open: true });
  expect(fromUrl(new URLSearchParams(toUrl(full)))).toEqual(full);
  expect(toUrl(nothing())).toBe('');
  expect(fromUrl(new URLSearchParams('m=13101&k=x.aed&h=alien&f=&o=2&q=' + 'あ'.repeat(200)))).toEqual(filter({ kinds: ['aed'], words: 'あ'.repeat(80) }));
  expect(fromUrl(new URLSearchParams('m=02')).area).toBe('02');
});

test('silence of a source is neither yes nor no, and the gravest scale decides', () => {
  const said = place({ suitability: [{ hazard: 'tsunami_l1', answer: 'yes', floor: null, text: '○' }, { hazard: 'tsunami_l2', answer: 'floor', floor: 3, text: '△（３階以上）' }, { hazard: 'flood', answer: 'unknown', floor: null, text: null }] });
  expect(suits(said, 'tsunami')).toMatchObject({ answer: 'floor', floor: 3 });
  expect(suits(said, 'flood').answer).toBe('unknown');
  expect(suits(said, 'volcano').answer).toBe('unknown');
  expect([usable('floor'), usable('conditional'), usable('no'), usable('unknown')]).toEqual([true, true, false, false]);
});

test('what passes the filter', () => {
  const school = place({ facilities: ['pets'], suitability: [{ hazard: 'tsunami', answer: 'no', floor: null, text: '－' }] });
  expect(passes(school, undefined, filter({ kinds: ['aed'] }))).toBe(false);
  expect(passes(school, undefined, filter({ features: ['pets'] }))).toBe(true);
  expect(passes(school, undefined, filter({ features: ['pets', 'wifi'] }))).toBe(false);
  expect(passes(school, undefined, filter({ open: true }))).toBe(false);
  expect(passes(school, opening('a', 'full'), filter({ open: true }))).toBe(true);
  expect(passes(school, opening('a', 'preparing'), filter({ open: true }))).toBe(false);
  expect(passes(school, undefined, filter({ hazard: 'tsunami' }))).toBe(false);
  // A defibrillator suits no hazard: with a hazard chosen it is shown only when asked for.
  expect(passes(place({ kinds: ['aed'] }), undefined, filter({ hazard: 'tsunami' }))).toBe(false);
  expect(passes(place({ kinds: ['aed'] }), undefined, filter({ hazard: 'tsunami', kinds: ['aed'] }))).toBe(true);
});

test('open ones lead the list, and those on no list are places like the others', () => {
  const parts = [{ code: '02203', places: document({ facilities: [place(), place({ id: 'b', kana: 'ン' })] }), openings: document({ openings: [opening('b', 'open'), opening('new', 'open', { adhoc: true, name: '集会所' }), opening('gone', 'closed', { adhoc: true })] }) }] as unknown as Parameters<typeof shown>[0];
  expect(shown(parts, nothing()).map(({ place: { id }, standing: now }) => [id, now])).toEqual([['b', 'open'], ['new', 'open'], ['a', 'unopened']]);
  expect(shown(parts, filter({ words: '集会' })).map(({ place: { name } }) => name)).toEqual(['集会所']);
});

test('how full is said only when both numbers are known', () => {
  expect(fullness(opening('a', 'open', { persons: 30, capacity: 60 }), undefined)).toBe(0.5);
  expect(fullness(opening('a', 'open', { persons: 0 }), { capacity: { persons: 10, indoor: null, outdoor: null, floor_m2: null, text: null } })).toBe(0);
  expect(fullness(opening('a', 'open'), undefined)).toBeNull();
  expect(standing(undefined)).toBe('unopened');
});

test('the nearest come first, those without a position last and not lost', () => {
  const spot = { lat: 40.51, lon: 141.49 };
  const far = place({ id: 'far', lat: 40.6 });
  const lost = place({ id: 'lost', lat: null, lon: null });
  expect(byDistance([lost, far, place()], spot).map(({ place: { id } }) => id)).toEqual(['a', 'far', 'lost']);
  expect(byDistance([far], spot)[0]?.km).toBeCloseTo(10, 0);
  expect(around(spot)[0]?.code).toBe('02203');
  expect([roughly(0.001), roughly(0.444), roughly(0.999), roughly(12.34)]).toEqual([{ unit: 'm', count: 10 }, { unit: 'm', count: 440 }, { unit: 'km', count: 1 }, { unit: 'km', count: 12.3 }]);
});

test('the hazards for which one may have to flee, gravest first; an advisory is none', () => {
  const alerts = (over: object) => ({ hazards: [], tsunami: [], quake: null, ...over }) as unknown as AreaAlerts;
  expect(inForceFor(undefined)).toEqual([]);
  expect(inForceFor(alerts({ hazards: [{ hazard: 'landslide', rank: 3 }, { hazard: 'heavy_rain', rank: 2 }, { hazard: 'storm', rank: 4 }], tsunami: [{ rank: 5 }], quake: { intensity: '6+' } }))).toEqual(['tsunami', 'landslide', 'earthquake']);
  expect(inForceFor(alerts({ quake: { intensity: '4' } }))).toEqual([]);
});
