/** Search over the whole prefecture, by the server. The position of the device is never part of it. */
import { call } from '$lib/api/client.ts';
import type { Filter } from './filter.ts';
import type { Facility } from './model.ts';

/** The most that the server gives. */
const LIMIT = 100;

export interface Found {
  /** How many there are, also those not in the list. */
  total: number;
  facilities: Facility[];
}

export function searchPlaces({ words, kinds }: Pick<Filter, 'words' | 'kinds'>): Promise<Found> {
  const query = new URLSearchParams({ q: words.trim(), limit: String(LIMIT) });
  if (kinds.length > 0) query.set('kinds', kinds.join(','));
  return call<Found>('GET', `/api/places/search?${query}`);
}
