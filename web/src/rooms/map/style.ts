/** The whole style of the map, from the sea up to the marks. */
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import base from 'virtual:base-map';
import { EDGED, ground, labels, lines } from './base-style.ts';
import { emergencyRoads, zones } from './overlays.ts';
import type { Palette } from './palette.ts';
import { placeLayers, PLACES_SOURCE } from './place-layer.ts';
import { ZOOMS } from './tiles.ts';

const NOTHING = { type: 'FeatureCollection' as const, features: [] };

/**
 * Aomori and its waters, drawn by us just inside the neighbours' borders: where our own tiles tell land from sea, the
 * coarse outline below them must not.
 */
const OURS: [number, number][] = [
  [139.3, 40.53], [140, 40.56], [140.2, 40.56], [140.6, 40.52], [140.85, 40.55], [141, 40.4], [141.15, 40.33], [141.35, 40.42], [141.6, 40.5], [142, 40.5],
  [142, 41.62], [141.3, 41.66], [141, 41.62], [140.7, 41.45], [140.45, 41.33], [140.1, 41.3], [139.3, 41.3], [139.3, 40.53],
];

/** What lies below and around our tiles; on a slow phone its cutting into tiles takes as long as drawing them. */
export const COARSE = { land: base.land, coasts: base.coasts };

/** `tiles`: where they are. `coarse`: with the outline from the beginning, for whoever has no tiles on the device. */
export function style(p: Palette, tiles: string, coarse: boolean): StyleSpecification {
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: coarse ? COARSE.land : NOTHING },
      ours: { type: 'geojson', data: { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [OURS] } } },
      coasts: { type: 'geojson', data: coarse ? COARSE.coasts : NOTHING },
      boundaries: { type: 'geojson', data: NOTHING },
      tiles: { type: 'vector', tiles: [tiles], ...ZOOMS },
      names: { type: 'vector', tiles: [tiles], ...ZOOMS },
      places: PLACES_SOURCE,
      spot: { type: 'geojson', data: NOTHING },
    },
    layers: [...outline(p), ...ground(p), ...hazards(p), ...lines(p), ...emergencyRoads(p), ...coasts(p), ...labels(p), ...spot(p), ...placeLayers(p)],
  };
}

function outline(p: Palette): LayerSpecification[] {
  return [
    { id: 'sea', type: 'background', paint: { 'background-color': p.sea } },
    { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': p.land, ...EDGED } },
    { id: 'shore', type: 'line', source: 'land', paint: { 'line-color': p.shore, 'line-width': 1 } },
    { id: 'ours', type: 'fill', source: 'ours', layout: { visibility: 'none' }, paint: { 'fill-color': p.sea, ...EDGED } },
  ];
}

/** Municipalities in the colour of what is said of them, paler the nearer one looks; then the zones. */
function hazards(p: Palette): LayerSpecification[] {
  return [
    { id: 'boundaries', type: 'fill', source: 'boundaries', paint: { 'fill-color': 'rgba(0,0,0,0)', 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 8.5, 0.85, 11, 0.35, 13, 0.15] } },
    ...zones(p),
    { id: 'borders', type: 'line', source: 'boundaries', paint: { 'line-color': p.border, 'line-width': 0.8 } },
  ];
}

function coasts(p: Palette): LayerSpecification[] {
  const layout = { 'line-cap': 'round', 'line-join': 'round' } as const;
  return [
    { id: 'coasts-edge', type: 'line', source: 'coasts', layout, paint: { 'line-color': p.text, 'line-width': 9, 'line-opacity': 0 } },
    { id: 'coasts', type: 'line', source: 'coasts', layout, paint: { 'line-color': 'rgba(0,0,0,0)', 'line-width': 6 } },
  ];
}

/** The place chosen, ringed below its mark. */
function spot(p: Palette): LayerSpecification[] {
  return [{ id: 'spot', type: 'circle', source: 'spot', paint: { 'circle-radius': 24, 'circle-color': 'rgba(255,212,61,0.45)', 'circle-stroke-color': p.text, 'circle-stroke-width': 3 } }];
}
