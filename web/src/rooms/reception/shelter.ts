/** Calls about the shelter as a whole: its figures, its log, its checkpoints. */
import { call } from '$lib/api/client.ts';
import type { Counts } from './card.ts';
import type { Kind } from './event.ts';
import type { Rule, Warning } from './handout.ts';

const shelter = (facility: string, what: string) => `/api/reception/shelters/${facility}/${what}`;

export interface Tally {
  households: number;
  counts: Counts;
}

/** The eight kinds of goods that are pushed (プッシュ型8品目). */
export const GOODS = ['food', 'blanket', 'infant-milk', 'infant-nappies', 'adult-nappies', 'portable-toilet', 'toilet-paper', 'sanitary'] as const;
export type GoodsState = 'asked' | 'arranged' | 'done' | 'declined';

export const NEEDS = ['oxygen', 'dialysis', 'bedridden', 'wheelchair', 'pregnant', 'infants', 'care', 'support', 'disability', 'allergy', 'medicine', 'infant_goods', 'elderly', 'other'] as const;

/** A shelter in figures; no names. */
export interface Board {
  facility: string;
  name: string;
  capacity: number | null;
  occupancy: { present: Tally; away: Tally; expected: Tally; counted_only: number; conflicts: number };
  persons: number;
  /** `null` while the kit is locked. */
  needs: (Record<(typeof NEEDS)[number] | 'known', number> & { languages: Record<string, number> }) | null;
  requests_open: number;
  requests: { kind: (typeof GOODS)[number] | 'free'; asked: number; arranged: number; done: number }[] | null;
  sick: number;
  incidents: number;
  notes: number;
  /** Today first. */
  days: { day: string; sick: number; incidents: number }[];
  places: { given: number; waiting: number };
}
export const board = (facility: string, disaster: string) => call<Board>('GET', `${shelter(facility, 'board')}?${new URLSearchParams({ disaster })}`);

/** One thing that some desk of the shelter wrote. */
export interface LogLine {
  id: string;
  kind: Kind | 'unknown';
  subject: string | null;
  at: string;
  other: string | null;
  /** `null` while the kit is locked, and where the household may not be shown. */
  words: Record<string, unknown> | null;
  name: string | null;
  state: GoodsState | null;
  answers: number;
}
export const log = (facility: string, disaster: string, days: number) =>
  call<{ locked: boolean; lines: LogLine[]; more: boolean }>('GET', `${shelter(facility, 'log')}?${new URLSearchParams({ disaster, days: String(days) })}`);

export const rules = (facility: string, disaster: string) => call<Rule[]>('GET', `${shelter(facility, 'rules')}?${new URLSearchParams({ disaster })}`);
export const checkHandout = (facility: string, disaster: string, rule: string, subject: string) =>
  call<{ warnings: Warning[]; before: string[] }>('POST', shelter(facility, 'handouts/check'), { disaster, rule, subject });
