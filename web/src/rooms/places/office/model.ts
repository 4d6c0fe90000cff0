/** What the office sees of the register: the ledger of files, what each would change, and what a person must decide. */
import type { Wire } from '$lib/api/wire.ts';

export type SourceView = Wire<'SourceView'>;
export type ChangeRow = Omit<Wire<'ChangeRow'>, 'fields' | 'proposal'> & { fields: FieldChange[]; proposal: Wire<'Proposal'> | null };
/** A field with what stood there and what would. */
export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}
export type Chosen = Wire<'Chosen'>;
export type PlaceField = Wire<'PlaceField'>;
export type Status = SourceView['status'];
export type What = 'added' | 'changed' | 'gone' | 'corrected' | 'quarantined';
export type MatchView = Wire<'ProposedMatch'>;
export type DecidedView = Wire<'DecidedMatch'>;
export type PlaceView = Wire<'PlaceView'>;

export const WHATS: readonly What[] = ['added', 'changed', 'gone', 'corrected', 'quarantined'];
export const KINDS = [
  'emergency_site', 'shelter', 'tsunami_building', 'welfare_shelter', 'aed', 'medical', 'aid_station', 'public_facility', 'child_facility',
  'water_point', 'fire_water', 'other', 'hazard_area', 'emergency_road', 'district',
] as const;
export type Kind = (typeof KINDS)[number];

/** What the person says of the files before they are read; empty means: read it from the file. */
export interface Told {
  municipality: string;
  kind: Kind | '';
  licence: string;
  attribution: string;
  as_of: string;
}

/** A typed position: digits with a point, in either order of columns, never guessed. */
export function position(lat: string, lon: string): { lat: number; lon: number } | undefined {
  const [north, east] = [lat, lon].map((text) => Number(text.normalize('NFKC').trim()));
  if (north === undefined || east === undefined || lat.trim() === '' || lon.trim() === '') return undefined;
  const inJapan = north >= 20 && north <= 46 && east >= 122 && east <= 154.5;
  return inJapan ? { lat: north, lon: east } : undefined;
}

/** A value of the register in words: texts and numbers as they are, the rest as it is stored. */
export function worded(value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

const SHAPE = /\.(shp|dbf|shx|prj|cpg)$/i;

/** Files handed in together: the parts of a shapefile are one, every other file stands for itself. */
export function together<T extends { name: string }>(files: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const file of files) {
    const key = SHAPE.test(file.name) ? file.name.replace(SHAPE, '').toLowerCase() + '/' : `${file.name}/${groups.size}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()];
}

/** Pages of a list put together, asked one after the other. */
export interface Paged<T> {
  items: T[];
  next: string | null;
}
