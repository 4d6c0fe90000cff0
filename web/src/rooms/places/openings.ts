/** What happens at a place now: whether it takes people in, and how full it is. Pure. */
import type { Facility, Opening, OpenState } from './model.ts';

/** `unopened`: it stands on no list of openings, which is not the same as closed after use. */
export type Standing = OpenState | 'unopened';

export const standing = (opening: Opening | undefined): Standing => opening?.state ?? 'unopened';

/** How full, 0 to 1 and above; null where a count or the capacity is missing. */
export function fullness(opening: Opening | undefined, place: Pick<Facility, 'capacity'> | undefined): number | null {
  const room = opening?.capacity ?? place?.capacity?.persons ?? null;
  return opening?.persons == null || !room ? null : opening.persons / room;
}

export const receiving = (opening: Opening | undefined): boolean => opening?.state === 'open' || opening?.state === 'full' || opening?.state === 'closing';

export const byFacility = (openings: readonly Opening[]): Map<string, Opening> => new Map(openings.map((opening) => [opening.facility, opening]));

/** A refuge that was opened without standing on any list, as a place like the others. */
export function adhocPlace(opening: Opening, municipality: string): Facility {
  return {
    id: opening.facility, name: opening.name, kana: null, kinds: ['shelter'], label: null, lat: opening.lat, lon: opening.lon, located: opening.lat === null ? 'none' : 'by_hand', address: null, municipality,
    suitability: [], capacity: opening.capacity === null ? null : { persons: opening.capacity, indoor: null, outdoor: null, floor_m2: null, text: null }, facilities: [], accepts: null, remark: null, phone: null, hours: null,
    url: null, detail: [], sources: [], sayings: [],
  };
}
