/** What a touch on the map means, and which municipalities are in view. */
import type { GeoJSONSource, Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import { AREAS, nearest } from '$lib/areas.ts';

const FINGER_PX = 28;
const TOUCH_PX = 16;
/** Nearer than this a touch beside every mark means nothing: the municipality is plain. */
const STREETS = 12;
const LAND = ['boundaries', 'tile-land'];

export interface Listener {
  municipality?: (code: string) => void;
  place?: (id: string, municipality: string) => void;
}

/** A place opens its card, a cluster comes nearer, land opens the card of its municipality. */
export function touched(map: MapLibre, { point, lngLat }: MapMouseEvent, listener: Listener): void {
  const found = map.queryRenderedFeatures([[point.x - TOUCH_PX, point.y - TOUCH_PX], [point.x + TOUCH_PX, point.y + TOUCH_PX]], { layers: ['places-one', 'places-many'] })[0];
  const { id, municipality, cluster_id: cluster } = found?.properties ?? {};
  if (typeof id === 'string') listener.place?.(id, String(municipality));
  else if (typeof cluster === 'number') void opened(map, cluster, lngLat);
  else if (found) map.jumpTo({ center: lngLat, zoom: Math.max(11, map.getZoom() + 1) });
  else {
    const code = municipalityAt(map, point, lngLat);
    if (code) listener.municipality?.(code);
  }
}

async function opened(map: MapLibre, cluster: number, center: { lng: number; lat: number }): Promise<void> {
  const zoom = await map.getSource<GeoJSONSource>('places')?.getClusterExpansionZoom(cluster);
  map.easeTo({ center, zoom: Math.max(zoom ?? 0, map.getZoom() + 1) });
}

/** By the office within a finger's width, else by the land. */
function municipalityAt(map: MapLibre, point: MapMouseEvent['point'], { lat, lng }: { lat: number; lng: number }): string | undefined {
  const { area } = nearest(lat, lng);
  if (map.project([area.lon, area.lat]).dist(point) <= FINGER_PX) return area.code;
  const inside: unknown = map.queryRenderedFeatures(point, { layers: LAND })[0]?.properties.code;
  return typeof inside === 'string' && map.getZoom() < STREETS ? inside : undefined;
}

/** Municipalities in view: by their land, else by their offices; always the one whose office is nearest. */
export function inView(map: MapLibre): string[] {
  const land = map.queryRenderedFeatures({ layers: LAND }).map(({ properties }) => String(properties.code));
  const bounds = map.getBounds();
  const offices = AREAS.filter(({ lon, lat }) => bounds.contains([lon, lat])).map(({ code }) => code);
  const centre = map.getCenter();
  return [...new Set([nearest(centre.lat, centre.lng).area.code, ...offices, ...land])];
}
