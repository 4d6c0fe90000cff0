/** The evacuee card (避難者カード, 様式6) as it travels sealed inside events: what families register, and what a desk asks besides. */
import { age } from '$rooms/households/birth.ts';
import type { Needs, Person } from '$rooms/households/model.ts';

export type { Household, Needs, Person, Sex, Skill } from '$rooms/households/model.ts';
export { age };

/** Where a household stays (K15), the shelter's building first. */
export const STAYS = ['inside', 'outdoors', 'car', 'tent', 'home', 'relatives', 'other'] as const;
export const DAMAGE = ['total', 'half', 'collapsed', 'flooded-above', 'flooded-below', 'none'] as const;
export const LIFELINES = ['power', 'water', 'phone', 'gas', 'goods', 'aftershocks'] as const;
export type Stays = (typeof STAYS)[number];

export interface Situation {
  /** Ids of the persons who are here. */
  here?: string[];
  /** Ids of those who are out for a while while the others stay. */
  out?: string[];
  missing?: { name: string; age?: string }[];
  all_evacuated?: boolean;
  damage?: string[];
  lifelines?: string[];
  /** K24 */
  publish?: boolean;
  consent_text?: string;
  tags?: string[];
  remarks?: string;
}

/** Whoever is admitted anew is not out any more. */
export function anew(situation: Situation): Situation {
  const { out: _, ...rest } = situation;
  return rest;
}

export interface Place {
  space?: string;
  room?: string;
  bed?: string;
}

export interface Counts {
  adults: number;
  children: number;
  infants: number;
  wheelchair: number;
}

export const persons = (counts: Counts | undefined): number => (counts ? counts.adults + counts.children + counts.infants : 0);

export const NOBODY: Counts = { adults: 0, children: 0, infants: 0, wheelchair: 0 };
const each = (a: Counts, b: Counts, of: (a: number, b: number) => number): Counts =>
  ({ adults: of(a.adults, b.adults), children: of(a.children, b.children), infants: of(a.infants, b.infants), wheelchair: of(a.wheelchair, b.wheelchair) });
export const plus = (a: Counts, b: Counts): Counts => each(a, b, (x, y) => x + y);
/** Those who are left when the others are gone. */
export const minus = (a: Counts, b: Counts): Counts => each(a, b, (x, y) => Math.max(0, x - y));

/** The coarse counts of those who are here: infants to 5, children to 17; an unknown age counts as grown up. */
export function countsOf(people: readonly Person[], today: string): Counts {
  const counts: Counts = { adults: 0, children: 0, infants: 0, wheelchair: 0 };
  for (const { birth, needs } of people) {
    const years = birth ? age(birth, today) : 18;
    counts[years < 6 ? 'infants' : years < 18 ? 'children' : 'adults'] += 1;
    if (needs?.mobility === 'wheelchair') counts.wheelchair += 1;
  }
  return counts;
}

/** Every member that says nothing is left out: empty texts, empty lists, empty objects. `false` and 0 are answers and stay. */
export function said<T>(value: T): T {
  if (Array.isArray(value)) return value.map((each) => said(each)).filter((each) => !silent(each)) as T;
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).map(([key, member]) => [key, said(member)] as const).filter(([, member]) => !silent(member));
  return Object.fromEntries(kept) as T;
}

function silent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** What a helper must know at a glance, most urgent first; one word each, by the keys of `desk.need.*`. */
export function alarms(needs: Needs | undefined): string[] {
  if (!needs) return [];
  const found: [boolean, string][] = [
    [needs.oxygen === true, 'oxygen'],
    [needs.dialysis === true, 'dialysis'],
    [needs.mobility === 'bedridden', 'bedridden'],
    [needs.mobility === 'wheelchair', 'wheelchair'],
    [needs.pregnant === true, 'pregnant'],
    [needs.care !== undefined, 'care'],
    [(needs.disabilities?.length ?? 0) > 0, 'disability'],
    [(needs.allergies?.length ?? 0) > 0, 'allergy'],
    [(needs.medicines?.length ?? 0) > 0, 'medicine'],
    [needs.infant_goods === true, 'infant'],
    [needs.mobility === 'stick', 'stick'],
    [Boolean(needs.language), 'language'],
    [Boolean(needs.other), 'other'],
  ];
  return found.filter(([is]) => is).map(([, word]) => word);
}
