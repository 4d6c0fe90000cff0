/** The public documents of the alerts room, as the server publishes them. */
import type { Text } from '$lib/text.ts';

export type Mode = 'live' | 'drill';
export type Rank = 0 | 1 | 2 | 3 | 4 | 5;

export interface HazardState {
  hazard: string;
  name: Text;
  level: number | null;
  rank: number;
  grade: string;
  area: { code: string; name: string };
  since: string;
  until: string | null;
  updated_at: string;
  detail: Text | null;
  action: Text;
  source: TelegramSource;
  synthetic?: boolean;
}

/** Which telegram says so. */
export interface TelegramSource {
  telegram: string;
  type: string;
  office: string;
  reported_at: string;
}

/** A flood forecast of a river (指定河川洪水予報). */
export interface RiverState extends HazardState {
  river: string;
  texts: string[];
  municipalities: string[];
}

export interface EvacuationOrder {
  id: string;
  level: 3 | 4 | 5;
  name: Text;
  municipality: string;
  municipality_name: string;
  /** Empty: the whole municipality (全域). */
  districts: string[];
  reason: string;
  action: Text;
  shelters_note: string | null;
  issued_at: string;
  corrected_at: string | null;
  ended_at: string | null;
  status: 'in_force' | 'lifted' | 'withdrawn';
  mode: Mode;
}

export interface Advisory {
  title: Text;
  since: string;
  until: string;
  text: Text;
  action: Text;
  original: string;
  municipalities: string[];
  municipalities_note: Text;
  quake: string | null;
  closed: boolean;
  source: TelegramSource;
}

export interface Bulletin {
  id: string;
  title: Text;
  tag: string;
  at: string;
  until: string;
  /** Verbatim. */
  text: string;
  municipalities: string[];
  source: TelegramSource;
}

export interface MunicipalityState {
  code: string;
  name: string;
  kana: string;
  romaji: string;
  level: number | null;
  rank: number;
  top: Text | null;
  hazards: { hazard: string; level: number | null; rank: number; name: Text }[];
  intensity: string | null;
  intensity_pending: boolean;
  /** True while only the seismic area's value is known (震度速報). */
  intensity_by_area: boolean;
  evacuation_level: number | null;
}

interface Page {
  mode: Mode;
  /** When anything on this page last changed. */
  as_of: string;
  /** Since when the server has been reading; before that nothing is known. */
  known_since: string;
  /** Keys of the sources behind this page. */
  sources: string[];
}

export interface Prefecture extends Page {
  last_report: string | null;
  level: number | null;
  rank: number;
  headline: Text;
  municipalities: MunicipalityState[];
  advisory: Advisory | null;
  bulletins: Bulletin[];
  rivers: RiverState[];
  volcanoes: HazardState[];
}

export interface LocalQuake {
  id: string;
  intensity: string | null;
  pending: boolean;
  by_area: boolean;
  at: string;
  epicentre: string | null;
  magnitude: string | null;
  text: Text;
  action: Text;
}

export interface AreaAlerts extends Page {
  last_report: string | null;
  area: { code: string; name: string; kana: string; romaji: string };
  level: number | null;
  rank: number;
  headline: Text;
  action: Text;
  since: string | null;
  hazards: HazardState[];
  evacuation: EvacuationOrder[];
  quake: LocalQuake | null;
  tsunami: TsunamiZone[];
  bulletins: Bulletin[];
  advisory: Advisory | null;
}

export type TsunamiGrade = 'major_warning' | 'warning' | 'advisory' | 'forecast' | 'none';

export interface TsunamiZone {
  code: string;
  name: string;
  grade: TsunamiGrade;
  rank: number;
  name_text: Text;
  action: Text;
  height: { metres: number | null; text: string } | null;
  arrival: { at: string | null; text: string } | null;
  since: string;
  municipalities: string[];
}

export interface Tsunami extends Page {
  in_force: boolean;
  headline: Text;
  zones: TsunamiZone[];
  others: TsunamiZone[];
  observations: {
    station: string;
    code: string;
    zone: string | null;
    offshore: boolean;
    first_wave_at: string | null;
    polarity: string;
    max_at: string | null;
    height: { metres: number | null; text: string } | null;
    conditions: string[];
    rising: boolean;
  }[];
  comments: string[];
  quake: string | null;
  source: TelegramSource | null;
}

export interface Intensity {
  code: string;
  name: string;
  intensity: string | null;
  pending: boolean;
  by_area?: boolean;
}

export interface Quake {
  id: string;
  origin_at: string | null;
  arrived_at: string;
  epicentre: { name: string; lat: number | null; lon: number | null; depth_km: number | null; depth_text: Text } | null;
  magnitude: { value: number | null; text: string } | null;
  max_intensity: string | null;
  max_long_period: number | null;
  prefecture_max: string | null;
  title: Text;
  areas: Intensity[];
  municipalities: Intensity[];
  stations: (Intensity & { long_period: number | null })[];
  comments: Text[];
  tsunami: Text | null;
  cancelled: boolean;
  telegrams: { type: string; serial: string; reported_at: string }[];
}

export interface Quakes extends Page {
  quakes: Quake[];
}

export interface TimelineEntry {
  id: string;
  at: string;
  recorded_at: string;
  kind: 'quake' | 'tsunami' | 'warning' | 'river' | 'volcano' | 'evacuation' | 'bulletin' | 'advisory' | 'withdrawn';
  rank: number;
  level: number | null;
  areas: string[];
  area_text: Text;
  title: Text;
  source: { type: string; office: string };
}

export interface Timeline extends Page {
  entries: TimelineEntry[];
}
