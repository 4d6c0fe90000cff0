/** One generic checkpoint (配布所): what is given, how often, to whom. It warns; it never keeps anything from anybody. */
import { today } from './birth.ts';
import { age, type Household } from './card.ts';
import type { Entry } from './cards.ts';

export const OFTEN = ['meal', 'day', 'once', 'free'] as const;
export const WHO = ['all', 'infants', 'children', 'elderly'] as const;

export interface Rule {
  id: string;
  /** 「朝食」; what is written with each handout. */
  name: string;
  often: (typeof OFTEN)[number];
  who: (typeof WHO)[number];
  /** For each person here, or one for the household. */
  per: 'person' | 'household';
}

const MEAL_MS = 4 * 3_600_000;

/** How often it was given within the span of the rule. */
export function given(history: readonly Entry[], rule: Rule, now: Date): number {
  if (rule.often === 'free') return 0;
  const same = history.filter((entry) => entry.kind === 'handout' && !entry.void && entry.rule === rule.name);
  if (rule.often === 'once') return same.length;
  return same.filter(({ wall_ms }) => (rule.often === 'meal' ? now.getTime() - wall_ms < MEAL_MS : today(new Date(wall_ms)) === today(now))).length;
}

/** For how many the rule is; `null` when nobody here knows. */
export function portions(rule: Rule, household: Household | null, here: readonly string[] | undefined, people: number | null, day: string): number | null {
  if (rule.per === 'household') return 1;
  if (!household) return rule.who === 'all' ? people : null;
  const present = household.persons.filter(({ id }) => here === undefined || here.includes(id));
  if (rule.who === 'all') return present.length;
  const years = present.map(({ birth }) => (birth ? age(birth, day) : null));
  const fits = { infants: (n: number) => n < 6, children: (n: number) => n < 18, elderly: (n: number) => n >= 65 }[rule.who];
  return years.filter((n) => n !== null && fits(n)).length;
}
