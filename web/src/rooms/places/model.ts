/** The public documents of the rooms places and shelters, as the server publishes them. */
import type { Text } from '$lib/text.ts';

/** Kinds of places one goes to (施設の種別), in the order of the screens. */
export const KINDS = [
  'emergency_site', 'shelter', 'tsunami_building', 'welfare_shelter', 'aid_station', 'medical', 'aed', 'water_point', 'public_facility', 'child_facility', 'fire_water', 'other',
] as const;
export type Kind = (typeof KINDS)[number];

/** Where one flees to or stays: these open, fill and suit a hazard or not. */
export const REFUGES: readonly Kind[] = ['emergency_site', 'shelter', 'tsunami_building', 'welfare_shelter'];

export const HAZARD_KINDS = [
  'flood_planned', 'flood_max', 'flood', 'landslide', 'storm_surge', 'earthquake', 'tsunami', 'tsunami_l1', 'tsunami_l2', 'fire', 'inland_flood', 'volcano',
] as const;
export type HazardKind = (typeof HAZARD_KINDS)[number];
export type Answer = 'yes' | 'no' | 'floor' | 'conditional' | 'unknown';

export interface Suitability {
  hazard: HazardKind;
  answer: Answer;
  /** The lowest floor that is safe. */
  floor: number | null;
  /** The words of the source. */
  text: string | null;
}

export const FEATURES = [
  'barrier_free', 'accessible_toilet', 'toilet', 'pets', 'power', 'wifi', 'heating', 'welfare', 'parking', 'child_pads', 'nursing', 'diaper_table',
] as const;
export type Feature = (typeof FEATURES)[number];

export interface Capacity {
  persons: number | null;
  indoor: number | null;
  outdoor: number | null;
  floor_m2: number | null;
  text: string | null;
}

export type Located = 'given' | 'swapped' | 'repaired' | 'geocoded' | 'by_hand' | 'none';

export interface Facility {
  id: string;
  name: string;
  kana: string | null;
  kinds: Kind[];
  /** What it is when the kind is `other`. */
  label: string | null;
  lat: number | null;
  lon: number | null;
  located: Located;
  address: string | null;
  /** The municipality that designated it, wherever it stands. */
  municipality: string;
  suitability: Suitability[];
  capacity: Capacity | null;
  facilities: Feature[];
  accepts: string | null;
  remark: string | null;
  phone: string | null;
  hours: string | null;
  url: string | null;
  detail: { label: string; value: string }[];
  /** Keys of the notes on sources. */
  sources: string[];
  /** Where the sources disagree, each with its own words. */
  sayings: { source: string; field: string; value: string }[];
}

export interface SourceNote {
  key: string;
  title: string;
  licence: string | null;
  attribution: string | null;
  as_of: string | null;
  imported_at: string;
  rows: number;
}

/** `places/{jis5}` */
export interface Places {
  area: { code: string; name: string; kana: string; romaji: string };
  as_of: string;
  facilities: Facility[];
  areas: { kind: string; label: string | null; count: number; source: string }[];
  sources: SourceNote[];
  not_published: Text[];
}

/** `places/index` */
export interface PlacesIndex {
  as_of: string;
  municipalities: { code: string; name: string; counts: Partial<Record<string, number>>; document: string; published: boolean }[];
  totals: Partial<Record<string, number>>;
}

export type OpenState = 'preparing' | 'open' | 'full' | 'closing' | 'closed';

export interface Opening {
  facility: string;
  name: string;
  lat: number | null;
  lon: number | null;
  state: OpenState;
  since: string;
  reason: string | null;
  /** Opened without standing on any list. */
  adhoc: boolean;
  persons: number | null;
  households: number | null;
  counted_at: string | null;
  capacity: number | null;
  instead: { facility: string; name: string; municipality: string } | null;
  note: string | null;
}

export interface Disaster {
  id: string;
  name: Text;
  since: string;
}

/** `shelters/{jis5}` */
export interface Openings {
  as_of: string | null;
  disaster: Disaster | null;
  openings: Opening[];
}

/** `shelters/prefecture` */
export interface SheltersPrefecture {
  as_of: string | null;
  disaster: Disaster | null;
  open: number;
  full: number;
  persons: number | null;
  municipalities: { code: string; name: string; open: number; preparing: number; full: number; persons: number | null; households: number | null; counted_at: string | null }[];
}

/** What the register calls the height of a place above the sea among its details (`places::facility::labels`). */
export const ELEVATION = '標高';
