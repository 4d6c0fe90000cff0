/** The places that list and map show: one selection for both, so that they never differ. Pure. */
import type { Document } from '$lib/live/documents.svelte.ts';
import { finder, isRefuge, passes, type Filter } from './filter.ts';
import type { Facility, Opening, Openings, Places, Suitability } from './model.ts';
import { adhocPlace, byFacility, receiving, standing, type Standing } from './openings.ts';
import { suits, type Hazard } from './suitability.ts';

export interface Shown {
  place: Facility;
  opening: Opening | undefined;
  standing: Standing;
  /** For the hazard chosen; null where none is, or the place is no refuge. */
  suit: Pick<Suitability, 'answer' | 'floor' | 'text'> | null;
}

interface Told {
  places: Pick<Document<Places>, 'data'> | undefined;
  openings: Pick<Document<Openings>, 'data'> | undefined;
  code: string;
}

/** Open ones first, then by reading. `hazard`: for which suitability is told; only the filter's own hides places. */
export function shown(parts: readonly Told[], filter: Filter, hazard: Hazard | null = filter.hazard): Shown[] {
  const found = finder(filter.words);
  const all = parts.flatMap(({ code, places, openings }) => {
    const list = openings?.data?.openings ?? [];
    const open = byFacility(list);
    const known = places?.data?.facilities ?? [];
    const ids = new Set(known.map(({ id }) => id));
    const adhoc = list.filter(({ facility, state }) => !ids.has(facility) && state !== 'closed').map((opening) => adhocPlace(opening, code));
    return [...known, ...adhoc].filter((place) => passes(place, open.get(place.id), filter) && found(place)).map((place) => entry(place, open.get(place.id), hazard));
  });
  return all.sort((a, b) => Number(receiving(b.opening)) - Number(receiving(a.opening)) || (a.place.kana ?? a.place.name).localeCompare(b.place.kana ?? b.place.name, 'ja'));
}

export function entry(place: Facility, opening: Opening | undefined, hazard: Hazard | null): Shown {
  return { place, opening, standing: standing(opening), suit: hazard && isRefuge(place) ? suits(place, hazard) : null };
}

/** Where a place has its page. */
export const pageOf = ({ id, municipality }: Pick<Facility, 'id' | 'municipality'>): string => `/places/view?m=${municipality}&id=${encodeURIComponent(id)}`;
