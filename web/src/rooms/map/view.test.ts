import { expect, test } from 'vitest';
import { nothing, toUrl } from '$rooms/places/filter.ts';
import type { PlacesIndex, SheltersPrefecture } from '$rooms/places/model.ts';
import type { Shown } from '$rooms/places/shown.ts';
import { features } from './place-layer.ts';
import { standins } from './places.svelte.ts';
import { leading, markOf } from './symbols.ts';
import { viewFrom, withView } from './view.ts';

const place = { id: 'a', municipality: '02203', name: '見本小', kinds: ['shelter', 'emergency_site'], lat: 40.5, lon: 141.5 } as unknown as Shown['place'];
const seen = (over: Partial<Shown> = {}): Shown => ({ place, opening: undefined, standing: 'unopened', suit: null, ...over });

test('theme and overlays stand in the address beside the filter, and come back from it', () => {
  const view = { theme: 'none' as const, overlays: ['flood' as const, 'roads' as const], places: false };
  const address = withView(toUrl({ ...nothing(), kinds: ['aed'] }), view);
  expect(viewFrom(new URLSearchParams(address))).toEqual(view);
  expect(new URLSearchParams(address).get('k')).toBe('aed');
  expect(withView('', { theme: 'level', overlays: [], places: true })).toBe('');
  expect(viewFrom(new URLSearchParams('t=x&l=alien.roads&p=2'))).toEqual({ theme: 'level', overlays: ['roads'], places: true });
});

test('a mark says kind, state and suitability; where one flees to leads', () => {
  expect(leading(place)).toBe('emergency_site');
  expect(markOf(seen())).toBe('emergency_site|unopened|');
  expect(markOf(seen({ standing: 'full', suit: { answer: 'floor', floor: 3, text: null } }))).toBe('emergency_site|full|floor3');
  expect(markOf(seen({ suit: { answer: 'unknown', floor: null, text: null } }))).toBe('emergency_site|unopened|unknown');
});

test('a municipality that is not loaded stands for its places; a place without a position is in the list only', () => {
  const index = { municipalities: [{ code: '02203', name: '八戸市', counts: { shelter: 3, aed: 4, hazard_area: 9 }, document: '', published: true }] } as unknown as PlacesIndex;
  const shelters = { municipalities: [{ code: '02203', open: 2, full: 1 }] } as unknown as SheltersPrefecture;
  const count = (loaded: string[], over: Parameters<typeof standins>[3]) => standins(index, shelters, new Set(loaded), over).map((each) => each.count);
  expect(count([], { kinds: [], open: false })).toEqual([7]);
  expect(count([], { kinds: ['aed'], open: false })).toEqual([4]);
  expect(count([], { kinds: [], open: true })).toEqual([3]);
  expect(count(['02203'], { kinds: [], open: false })).toEqual([]);
  const lost = seen({ place: { ...place, lat: null, lon: null } });
  const drawn = features({ places: [seen(), lost], standins: standins(index, undefined, new Set(), { kinds: [], open: false }) });
  expect(drawn.features.map(({ properties }) => properties?.count)).toEqual([1, 7]);
});
