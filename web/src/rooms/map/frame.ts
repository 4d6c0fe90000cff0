/** What of the world the map shows. Pure. */
import type { MapOptions } from 'maplibre-gl';

/** West, south, east, north. */
export type Box = [number, number, number, number];

const AOMORI: Box = [139.45, 40.2, 141.75, 41.58];

/** Aomori, and the epicentre with it when it lies within reach of the map. */
export function framed(epicentre: { lat: number; lon: number } | null): Box {
  const [west, south, east, north] = AOMORI;
  const near = epicentre && epicentre.lon > 137.5 && epicentre.lon < 144.8 && epicentre.lat > 39.3 && epicentre.lat < 43.2;
  return near ? [Math.min(west, epicentre.lon), Math.min(south, epicentre.lat), Math.max(east, epicentre.lon), Math.max(north, epicentre.lat)] : AOMORI;
}

/** Where the map begins: at a place, or with the whole of Aomori. */
export const beginning = (start: { lat: number; lon: number; zoom: number } | undefined): Partial<MapOptions> =>
  start ? { center: [start.lon, start.lat], zoom: start.zoom } : { bounds: AOMORI, fitBoundsOptions: { padding: 16 } };
