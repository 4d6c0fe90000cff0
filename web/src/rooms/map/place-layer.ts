/** Places on the map: clustered while many, with a mark each when near. */
import type { Feature, FeatureCollection, Point } from 'geojson';
import type { GeoJSONSourceSpecification, LayerSpecification } from 'maplibre-gl';
import type { Shown } from '$rooms/places/shown.ts';
import { FONT } from './base-style.ts';
import type { Palette } from './palette.ts';
import { leading, markOf } from './symbols.ts';

/** A municipality whose places are not loaded yet stands for them with their number. */
export interface Standin {
  code: string;
  name: string;
  lat: number;
  lon: number;
  count: number;
}

export interface Spots {
  places: readonly Shown[];
  standins: readonly Standin[];
}

export const NO_SPOTS: Spots = { places: [], standins: [] };
const FAR_IN = 13;
const ASIDE_TO = 10;

export const PLACES_SOURCE: GeoJSONSourceSpecification = {
  type: 'geojson', data: { type: 'FeatureCollection', features: [] }, cluster: true, clusterRadius: 46, clusterMaxZoom: FAR_IN - 1, clusterProperties: { sum: ['+', ['get', 'count']] },
};

/** Places without a position stand in the list only. */
export function features({ places, standins }: Spots): FeatureCollection<Point> {
  const point = (lon: number, lat: number, properties: Record<string, unknown>): Feature<Point> => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties });
  return {
    type: 'FeatureCollection',
    features: [
      ...places.flatMap((each) => {
        const { id, municipality, lat, lon, name } = each.place;
        return lat === null || lon === null ? [] : [point(lon, lat, { id, municipality, name, count: 1, mark: markOf(each), urgent: each.opening && each.standing !== 'closed' ? 0 : 1, kind: leading(each.place) })];
      }),
      ...standins.map(({ code, lat, lon, count }) => point(lon, lat, { code, count })),
    ],
  };
}

export function placeLayers(p: Palette): LayerSpecification[] {
  const many = ['any', ['has', 'point_count'], ['has', 'code']] as unknown as ['any'];
  const total = ['coalesce', ['get', 'sum'], ['get', 'count']] as unknown as ['get', string];
  // Far away the number stands beside the mark of the town hall, not below it.
  const aside = ['step', ['zoom'], ['literal', [17, 15]], ASIDE_TO, ['literal', [0, 0]]] as unknown as [number, number];
  return [
    { id: 'places-many', type: 'circle', source: 'places', filter: many, paint: { 'circle-color': p.cluster, 'circle-radius': ['step', total, 13, 10, 16, 100, 20, 1000, 24], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2.5, 'circle-translate': aside } },
    { id: 'places-count', type: 'symbol', source: 'places', filter: many, layout: { 'text-field': ['to-string', total], 'text-font': FONT, 'text-size': 13, 'text-allow-overlap': true, 'text-ignore-placement': true }, paint: { 'text-color': '#ffffff', 'text-translate': aside } },
    {
      id: 'places-one', type: 'symbol', source: 'places', filter: ['has', 'mark'],
      layout: {
        'icon-image': ['get', 'mark'], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['-', 0, ['get', 'urgent']],
        'text-field': ['step', ['zoom'], '', FAR_IN, ['get', 'name']], 'text-font': FONT, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 1.5], 'text-optional': true, 'text-max-width': 8,
      },
      paint: { 'text-color': p.text, 'text-halo-color': p.halo, 'text-halo-width': 1.8 },
    },
  ];
}
