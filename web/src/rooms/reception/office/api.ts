/** Calls of the office: kits of the municipality, and those left behind. */
import { call } from '$lib/api/client.ts';
import { newId } from '$lib/ids.ts';
import type { Text } from '$lib/text.ts';
import type { Household } from '../card.ts';
import type { Tally } from '../shelter.ts';

const BASE = '/api/reception';

export interface Kit {
  id: string;
  name: string;
  municipality: string;
  shelters: string[];
  enrolled_at: string;
  revoked_at: string | null;
  seen_at: string | null;
  /** Events that the centre has not receipted, when the kit last called. */
  waiting: number | null;
  /** Its clock minus the centre's. */
  skew_ms: number | null;
  version: string | null;
  epoch: string | null;
}

/** A device that signs at desks. */
export interface Device {
  device: string;
  area: string;
  registered_at: string;
  revoked_at: string | null;
}

export const RESULTS = ['safe', 'sheltered', 'elsewhere', 'away', 'needs-help', 'not-found'] as const;
export type Result = (typeof RESULTS)[number];
export type Step = 'claim' | 'release' | 'result';

export interface Work {
  revision: number;
  holder: string | null;
  mine: boolean;
  result: Result | null;
  words: string | null;
  changed_by: string;
  changed_at: string;
}

export interface Missing {
  /** What work is about. */
  about: string;
  what: 'listed' | 'family' | 'household';
  household: Household;
  work: Work | null;
}

export interface LeftBehind {
  figures: { listed: number; listed_missing: number; families: number; families_missing: number };
  results: Partial<Record<Result, number>>;
  /** `null` for whoever sees figures only. */
  people: Missing[] | null;
  next: string | null;
}

export const kits = () => call<Kit[]>('GET', `${BASE}/kits`);
export const makeCode = (municipality: string, name: string, shelters: string[]) => call<{ code: string; until: string }>('POST', `${BASE}/kits/codes`, { municipality, name, shelters });
export const devices = () => call<Device[]>('GET', `${BASE}/devices`);
export const revokeDevice = (id: string) => call<undefined>('POST', `${BASE}/devices/${id}/revoke`);
export const revoke = (id: string) => call<undefined>('POST', `${BASE}/kits/${id}/revoke`);

export function leftBehind(disaster: string, municipality: string, districts: string, after: string | null): Promise<LeftBehind> {
  const asked = { disaster, municipality, ...(districts ? { districts } : {}), ...(after ? { after } : {}) };
  return call<LeftBehind>('GET', `${BASE}/left-behind?${new URLSearchParams(asked)}`);
}
export const step = (disaster: string, municipality: string, about: string, revision: number, what: Step, result?: Result, words?: string) =>
  call<Work>('POST', `${BASE}/left-behind/work`, { command: newId(), disaster, municipality, about, revision, step: what, ...(result ? { result } : {}), ...(words ? { words } : {}) });
export const breakGlass = (reason: string, municipality: string) => call<{ until: string }>('POST', `${BASE}/break-glass`, { command: newId(), reason, municipality, hours: 12 });

export interface PlaceOccupancy {
  /** `null`: outside of every shelter. */
  facility: string | null;
  name: string | null;
  capacity: number | null;
  occupancy: { present: Tally; away: Tally };
}

export interface Occupancies {
  persons: number;
  households: number;
  places: PlaceOccupancy[];
}
export const occupancy = (disaster: string, municipality: string) => call<Occupancies>('GET', `${BASE}/occupancy?${new URLSearchParams({ disaster, municipality })}`);

/** A row of a file with what is to be said of it. */
export interface ListRow {
  sheet: string | null;
  line: number;
  column: string | null;
  words: Text;
}

export interface ListFile {
  municipality: string;
  name: string;
  content: string;
  /** What columns are taken for, by their name. */
  columns: Record<string, string>;
}

/** What a file holds, and what it does to the list that is kept. */
export interface ListImport {
  digest: string;
  people: number;
  added: number;
  changed: number;
  same: number;
  /** On the list before, not on this one. */
  gone: number;
  columns: { name: string; field: string | null }[];
  fields: { field: string; label: string }[];
  aside: number;
  aside_rows: ListRow[];
  remarks: number;
  remark_rows: ListRow[];
  notes: Text[];
  applied: boolean;
}

export const previewList = (file: ListFile) => call<ListImport>('POST', `${BASE}/left-behind/list/preview`, file);
export const applyList = (file: ListFile, digest: string) => call<ListImport>('POST', `${BASE}/left-behind/list/apply`, { command: newId(), digest, ...file });

/** The bytes of a file as JSON carries them. */
export async function base64(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  // As many arguments as a call takes everywhere.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** How long a municipality keeps what was written of people. */
export interface Retention {
  days: number;
  is_default: boolean;
  /** Disasters that are over. */
  disasters: { disaster: string; name: Text; closed_at: string; due_at: string; erased_at: string | null; waits_for_kits: number; waits_for_disaster: boolean }[];
}
export const retention = (municipality: string) => call<Retention>('GET', `${BASE}/retention?${new URLSearchParams({ municipality })}`);
export const setRetention = (municipality: string, days: number) => call<Retention>('PUT', `${BASE}/retention`, { municipality, days });
