/** Calls of the office: kits of the municipality, and those left behind. */
import { call } from '$lib/api/client.ts';
import { newId } from '$lib/ids.ts';
import type { Household } from '../card.ts';

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
export const revoke = (id: string) => call<undefined>('POST', `${BASE}/kits/${id}/revoke`);

export function leftBehind(disaster: string, municipality: string, districts: string, after: string | null): Promise<LeftBehind> {
  const asked = { disaster, municipality, ...(districts ? { districts } : {}), ...(after ? { after } : {}) };
  return call<LeftBehind>('GET', `${BASE}/left-behind?${new URLSearchParams(asked)}`);
}
export const step = (disaster: string, municipality: string, about: string, revision: number, what: Step, result?: Result, words?: string) =>
  call<Work>('POST', `${BASE}/left-behind/work`, { command: newId(), disaster, municipality, about, revision, step: what, ...(result ? { result } : {}), ...(words ? { words } : {}) });
export const breakGlass = (reason: string, municipality: string) => call<{ until: string }>('POST', `${BASE}/break-glass`, { command: newId(), reason, municipality, hours: 12 });
