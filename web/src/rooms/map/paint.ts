/** Puts what is said of municipalities and coasts on the map, and shows the overlays chosen. */
import type { ExpressionSpecification, Map as MapLibre } from 'maplibre-gl';
import type { Picture } from './canvas.ts';
import { layersOf, OVERLAYS } from './overlays.ts';

/** Our own values are right: the style specification is held by a test. */
export const UNCHECKED = { validate: false };

/** Farther away the marks of municipalities leave no room for places. */
const ROOM_ZOOM = 7.6;

export function painted(map: MapLibre, picture: Picture): void {
  // Quiet places show the map below them.
  const fills = [...picture.places].flatMap(([code, { colour, quiet }]) => (quiet ? [] : [code, colour]));
  const shores = [...picture.coasts].flatMap(([zone, colour]) => [zone, colour]);
  map.setPaintProperty('boundaries', 'fill-color', matched('code', fills), UNCHECKED);
  map.setPaintProperty('coasts', 'line-color', matched('zone', shores), UNCHECKED);
  map.setPaintProperty('coasts-edge', 'line-opacity', shores.length > 0 ? 1 : 0, UNCHECKED);
  map.setFilter('coasts-edge', ['in', ['get', 'zone'], ['literal', [...picture.coasts.keys()]]], UNCHECKED);
  for (const layer of ['places-many', 'places-count', 'places-one']) map.setLayerZoomRange(layer, picture.marked ? ROOM_ZOOM : 0, 24);
  for (const overlay of OVERLAYS) {
    const visibility = picture.overlays.includes(overlay) ? 'visible' : 'none';
    for (const layer of layersOf(overlay)) map.setLayoutProperty(layer, 'visibility', visibility, UNCHECKED);
  }
}

function matched(property: string, pairs: string[]): ExpressionSpecification | string {
  return pairs.length === 0 ? 'rgba(0,0,0,0)' : (['match', ['get', property], ...pairs, 'rgba(0,0,0,0)'] as unknown as ExpressionSpecification);
}
