import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { feature } from 'topojson-client';
import type { MultiPolygon, Polygon, Position } from 'geojson';
import type { Topology } from 'topojson-specification';
import type { Plugin } from 'vite';
import { clipRing, coast, type Box } from './geometry.ts';
import { COASTS } from './coasts.ts';

const NAME = 'virtual:base-map';
/** What the map can show: Aomori, southern Hokkaido, the north of Akita and Iwate, and the sea before them. */
const BOX: Box = { west: 136.5, south: 38.6, east: 145.5, north: 44 };

/**
 * The base outline of a fresh machine: Natural Earth's coast (public domain, through the package `world-atlas`),
 * cut to our corner of Japan when the app is built, and along it the three tsunami coasts of Aomori.
 */
export function baseMap(): Plugin {
  return {
    name: 'mamori-base-map',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load: (id) => (id === `\0${NAME}` ? `export default ${JSON.stringify(build())}` : null),
  };
}

function build() {
  const file = createRequire(import.meta.url).resolve('world-atlas/land-10m.json');
  const topology = JSON.parse(readFileSync(file, 'utf8')) as Topology;
  const land = topology.objects.land;
  if (!land) throw new Error('world-atlas: no land');
  const whole = feature(topology, land);
  const shapes = whole.type === 'FeatureCollection' ? whole.features : [whole];
  const rings: Position[][] = [];
  for (const shape of shapes) {
    const geometry = shape.geometry as Polygon | MultiPolygon;
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    for (const polygon of polygons) {
      const outer = polygon[0];
      if (!outer) continue;
      const ring = clipRing(outer, BOX);
      if (ring.length > 3) rings.push(ring);
    }
  }
  return {
    land: {
      type: 'Feature',
      properties: {},
      geometry: { type: 'MultiPolygon', coordinates: rings.map((ring) => [ring.map(rounded)]) },
    },
    coasts: {
      type: 'FeatureCollection',
      features: COASTS.map(({ zone, through }) => ({
        type: 'Feature',
        properties: { zone },
        geometry: { type: 'LineString', coordinates: coast(rings, through).map(rounded) },
      })),
    },
  };
}

const rounded = ([x = 0, y = 0]: Position): Position => [Math.round(x * 1e4) / 1e4, Math.round(y * 1e4) / 1e4];
