/** Places by distance from where the device is. The position never leaves the device. Pure. */
import { AREAS, distanceKm, type Area } from '$lib/areas.ts';

export interface Spot {
  lat: number;
  lon: number;
}

/** Farther than this from every town hall, the device is not in Aomori. */
export const FAR_KM = 40;
const AROUND = 5;

/** Municipalities whose places may be the nearest: those with the nearest town halls. */
export function around(spot: Spot, count = AROUND): Area[] {
  return [...AREAS].sort((a, b) => distanceKm(spot.lat, spot.lon, a.lat, a.lon) - distanceKm(spot.lat, spot.lon, b.lat, b.lon)).slice(0, count);
}

export interface Away<T> {
  place: T;
  /** Kilometres in a straight line; null where the place has no position. */
  km: number | null;
}

/** Nearest first; places without a position last, never left out. */
export function byDistance<T extends { lat: number | null; lon: number | null }>(places: readonly T[], spot: Spot): Away<T>[] {
  const away = places.map((place) => ({ place, km: place.lat === null || place.lon === null ? null : distanceKm(spot.lat, spot.lon, place.lat, place.lon) }));
  return away.sort((a, b) => (a.km ?? Infinity) - (b.km ?? Infinity));
}

/** Metres to ten up to a kilometre, then kilometres to one decimal. */
export function roughly(km: number): { unit: 'm' | 'km'; count: number } {
  return km < 0.995 ? { unit: 'm', count: Math.max(10, Math.round(km * 100) * 10) } : { unit: 'km', count: Math.round(km * 10) / 10 };
}
