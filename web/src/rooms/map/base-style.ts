/** The base map's own style over our tiles (see the front page of the crate `maps`). No sprites, no glyph server. */
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { Palette } from './palette.ts';

/**
 * The style names no glyphs address, so MapLibre draws every letter, kana and Latin too, with the device's own fonts:
 * these family names. The first is no font; its name makes MapLibre draw bold.
 */
export const FONT = ['mamori bold', 'Noto Sans JP', 'Hiragino Sans', 'Yu Gothic', 'Meiryo', 'Noto Sans CJK JP'];
const LIGHT_FONT = ['mamori medium', ...FONT.slice(1)];

type Stops = [zoom: number, value: number][];
const LATER_SHOWN = { visibility: 'none' } as const;
const byZoom = (...stops: Stops): ExpressionSpecification => ['interpolate', ['exponential', 1.4], ['zoom'], ...stops.flat()] as unknown as ExpressionSpecification;
const is = (key: string, ...values: (string | number)[]): ExpressionSpecification => ['in', ['get', key], ['literal', values]] as unknown as ExpressionSpecification;

/** Widths in pixels by class of road, greatest first. */
const ROADS: [id: string, classes: string[], widths: Stops][] = [
  ['path', ['path'], [[13, 0.6], [17, 2]]],
  ['street', ['street'], [[12, 0.6], [14, 2], [17, 9]]],
  ['tertiary', ['tertiary'], [[11, 0.8], [14, 3.5], [17, 13]]],
  ['secondary', ['secondary'], [[9, 0.8], [13, 3.5], [17, 16]]],
  ['primary', ['primary', 'trunk'], [[7, 0.8], [12, 3.5], [17, 19]]],
  ['motorway', ['motorway'], [[5, 0.8], [11, 3.5], [17, 20]]],
];

const tiles = (layer: string) => ({ source: 'tiles', 'source-layer': layer }) as const;
/** The same tiles once more: letters take long to draw on a slow phone, and the ground must not wait for them. */
const names = (layer: string) => ({ source: 'names', 'source-layer': layer }) as const;

/** Land and lakes are cut hard: their shores are drawn as lines. */
export const EDGED = { 'fill-antialias': false } as const;

export function ground(p: Palette): LayerSpecification[] {
  return [
    { id: 'tile-land', type: 'fill', ...tiles('land'), paint: { 'fill-color': p.land, ...EDGED } },
    { id: 'tile-lake', type: 'fill', ...tiles('water'), filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': p.sea, ...EDGED } },
    { id: 'tile-river', type: 'line', ...tiles('water'), filter: ['==', ['geometry-type'], 'LineString'], paint: { 'line-color': p.sea, 'line-width': byZoom([9, 1], [14, 4]) } },
    { id: 'tile-building', type: 'fill', ...tiles('building'), minzoom: 14, paint: { 'fill-color': p.building } },
  ];
}

export function lines(p: Palette): LayerSpecification[] {
  const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
  const road = (id: string, classes: string[], widths: Stops, wider: number): LayerSpecification => ({
    id: `road-${id}${wider > 0 ? '-edge' : ''}`, type: 'line', ...tiles('road'), filter: is('class', ...classes), layout: id === 'path' ? { ...round, ...LATER_SHOWN } : round,
    paint: {
      'line-color': wider > 0 ? p.casing : id === 'motorway' || id === 'primary' ? p.great : id === 'path' ? p.path : p.road,
      'line-width': byZoom(...widths.map(([zoom, width]): [number, number] => [zoom, width + wider])),
      ...(id === 'path' ? { 'line-dasharray': [2, 1] } : {}),
    },
  });
  return [
    // Where no road data are at hand, the streets that buses take show the way.
    { id: 'bus-edge', type: 'line', ...tiles('bus'), layout: round, paint: { 'line-color': p.casing, 'line-width': byZoom([11, 1.6], [14, 3.4], [17, 9]) } },
    { id: 'bus', type: 'line', ...tiles('bus'), layout: round, paint: { 'line-color': p.road, 'line-width': byZoom([11, 0.8], [14, 2.2], [17, 7.6]) } },
    ...ROADS.filter(([id]) => id !== 'path').map(([id, classes, widths]) => road(id, classes, widths, 1.4)),
    ...ROADS.map(([id, classes, widths]) => road(id, classes, widths, 0)),
    { id: 'rail', type: 'line', ...tiles('rail'), paint: { 'line-color': p.rail, 'line-width': byZoom([8, 1], [14, 3]) } },
    { id: 'rail-gap', type: 'line', ...tiles('rail'), minzoom: 10, layout: LATER_SHOWN, paint: { 'line-color': p.halo, 'line-width': byZoom([10, 0.6], [14, 1.8]), 'line-dasharray': [4, 4] } },
    { id: 'tile-shore', type: 'line', ...tiles('border'), filter: is('kind', 'coast'), paint: { 'line-color': p.shore, 'line-width': byZoom([6, 0.8], [12, 1.4]) } },
    { id: 'tile-border', type: 'line', ...tiles('border'), filter: is('kind', 'municipality'), layout: LATER_SHOWN, paint: { 'line-color': p.border, 'line-width': byZoom([7, 0.6], [12, 1.6]), 'line-dasharray': [4, 2] } },
    { id: 'tile-prefecture', type: 'line', ...tiles('border'), filter: is('kind', 'prefecture'), layout: LATER_SHOWN, paint: { 'line-color': p.prefecture, 'line-width': byZoom([6, 1], [12, 2.4]), 'line-dasharray': [6, 2, 1, 2] } },
  ];
}

/** Dashed lines and letters: shown once the ground is there. */
export const LATER = ['road-path', 'rail-gap', 'tile-border', 'tile-prefecture', 'name-road', 'name-place', 'name-town', 'name-municipality'];

export function labels(p: Palette): LayerSpecification[] {
  const paint = { 'text-color': p.text, 'text-halo-color': p.halo, 'text-halo-width': 1.8 };
  const text = (size: ExpressionSpecification | number) => ({ visibility: 'none' as const, 'text-field': ['get', 'name'] as ExpressionSpecification, 'text-font': FONT, 'text-size': size, 'text-max-width': 7 });
  const ranked = { 'symbol-sort-key': ['coalesce', ['get', 'rank'], 5] as ExpressionSpecification };
  return [
    { id: 'name-road', type: 'symbol', ...names('road'), minzoom: 13, filter: ['has', 'name'], layout: { ...text(11), 'text-font': LIGHT_FONT, 'symbol-placement': 'line', 'symbol-spacing': 320 }, paint: { ...paint, 'text-halo-width': 1.4 } },
    { id: 'name-place', type: 'symbol', ...names('label'), minzoom: 12, filter: is('kind', 'place'), layout: { ...text(12), ...ranked, 'text-font': LIGHT_FONT }, paint },
    { id: 'name-town', type: 'symbol', ...names('label'), minzoom: 10, filter: is('kind', 'town'), layout: { ...text(byZoom([10, 11], [15, 14])), ...ranked }, paint },
    { id: 'name-municipality', type: 'symbol', ...names('label'), minzoom: 8.3, maxzoom: 14, filter: is('kind', 'municipality'), layout: { ...text(byZoom([8, 12], [12, 18])), 'text-offset': [0, 1.4], 'text-anchor': 'top' }, paint: { ...paint, 'text-halo-width': 2.2 } },
  ];
}
