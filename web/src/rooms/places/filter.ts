/** What of the places is shown: one filter for list, map and search, kept in the address of the page. Pure. */
import { fold, foldPart } from '$lib/fold.ts';
import { FEATURES, KINDS, REFUGES, type Facility, type Feature, type Kind, type Opening } from './model.ts';
import { receiving } from './openings.ts';
import { HAZARDS, suits, usable, type Hazard } from './suitability.ts';

export interface Filter {
  words: string;
  /** JIS code of a municipality, `02` for the whole prefecture; null: the device's own area. */
  area: string | null;
  kinds: Kind[];
  hazard: Hazard | null;
  features: Feature[];
  /** Only where people are taken in now. */
  open: boolean;
}

/** What the chooser offers: what people ask for before they set out. */
export const ASKED: readonly Feature[] = ['barrier_free', 'accessible_toilet', 'pets', 'power', 'heating', 'parking'];
const LONGEST = 80;

export const nothing = (): Filter => ({ words: '', area: null, kinds: [], hazard: null, features: [], open: false });

const among = <T extends string>(all: readonly T[], text: string | null): T[] => all.filter((each) => (text ?? '').split('.').includes(each));

/** Anything that is not ours in an address counts as not said. */
export function fromUrl(query: URLSearchParams): Filter {
  const area = query.get('m');
  return {
    words: (query.get('q') ?? '').slice(0, LONGEST),
    area: area && /^02(\d{3})?$/.test(area) ? area : null,
    kinds: among(KINDS, query.get('k')),
    hazard: HAZARDS.find((each) => each === query.get('h')) ?? null,
    features: among(FEATURES, query.get('f')),
    open: query.get('o') === '1',
  };
}

/** The filter as it stands in an address, `?m=02203&k=shelter.aed`; empty for the empty filter. */
export function toUrl(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.area) query.set('m', filter.area);
  if (filter.words.trim()) query.set('q', filter.words.trim().slice(0, LONGEST));
  if (filter.kinds.length > 0) query.set('k', filter.kinds.join('.'));
  if (filter.hazard) query.set('h', filter.hazard);
  if (filter.features.length > 0) query.set('f', filter.features.join('.'));
  if (filter.open) query.set('o', '1');
  const text = query.toString();
  return text ? `?${text}` : '';
}

/** What is narrowed besides the place and the kind: how many choices are hidden behind "more". */
export const narrowed = (filter: Filter): number => filter.features.length + Number(filter.open) + Number(filter.hazard !== null) + filter.kinds.length;

/** Whether a place passes; its words are looked for by [`finder`]. */
export function passes(place: Facility, opening: Opening | undefined, filter: Filter): boolean {
  if (filter.kinds.length > 0 && !filter.kinds.some((kind) => place.kinds.includes(kind))) return false;
  if (filter.open && !receiving(opening)) return false;
  if (filter.features.some((feature) => !place.facilities.includes(feature))) return false;
  // Only a refuge suits or does not: nobody flees from a flood to a defibrillator.
  if (filter.hazard && isRefuge(place)) return usable(suits(place, filter.hazard).answer);
  return !filter.hazard || filter.kinds.some((kind) => place.kinds.includes(kind));
}

export const isRefuge = (place: Pick<Facility, 'kinds'>): boolean => place.kinds.some((kind) => REFUGES.includes(kind));

const keys = new WeakMap<Facility, string>();

function keyOf(place: Facility): string {
  let key = keys.get(place);
  if (key === undefined) keys.set(place, (key = [place.name, place.kana, place.address].map((text) => fold(text ?? '')).join('\n')));
  return key;
}

/** A test for places whose name, reading or address hold every word typed. */
export function finder(words: string): (place: Facility) => boolean {
  const wanted = words.split(/\s+/u).map(foldPart).filter(([word]) => word !== '');
  return (place) => wanted.every((keys) => keys.some((key) => keyOf(place).includes(key)));
}
