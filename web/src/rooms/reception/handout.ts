/** One generic checkpoint (配布所): what is given, how often, to whom. It warns; it never keeps anything from anybody. */
import { today } from './birth.ts';
import { age, type Household } from './card.ts';
import type { Entry, Local } from './cards.ts';

/** How often, as a desk chooses it. */
export const OFTEN = ['meal', 'day', 'once', 'free'] as const;
export const MEANT = ['all', 'infants', 'children', 'elderly'] as const;
export type Often = (typeof OFTEN)[number];
export type Warning = 'too-soon' | 'too-many-today' | 'too-many-in-all' | 'not-here';

/** What a checkpoint says; in clear, so that a locked kit warns too. */
export interface Said {
  /** 「朝食」 */
  name: string;
  kind: string;
  min_minutes?: number;
  per_day?: number;
  in_all?: number;
  /** For each person here, or one for the household. */
  who: 'person' | 'household';
  meant: (typeof MEANT)[number];
  ended?: boolean;
}

export interface Rule extends Said {
  /** The same for every change of it; what handouts name. */
  id: string;
  /** The event that said so last; the cause of the next one. */
  by: string;
  /** Households that were given something by it today. */
  today?: number;
}

const MEAL_MINUTES = 240;
export const limits = (often: Often): Pick<Said, 'min_minutes' | 'per_day' | 'in_all'> =>
  ({ meal: { min_minutes: MEAL_MINUTES }, day: { per_day: 1 }, once: { in_all: 1 }, free: {} })[often];

/** Whatever another desk's program wrote, in the words of this one. */
export function often({ min_minutes, per_day, in_all }: Said): Often {
  if (in_all !== undefined) return 'once';
  if (per_day !== undefined) return 'day';
  return min_minutes !== undefined ? 'meal' : 'free';
}

/** The checkpoints as the node tells them, and what this page said since. */
export function standing(told: readonly Rule[], written: readonly Local[]): Rule[] {
  const rules = new Map(told.map((rule) => [rule.id, rule]));
  const known = new Set(told.map(({ by }) => by));
  for (const { event } of written) {
    if (event.kind !== 'rule' || !event.other || !event.rule || known.has(event.id)) continue;
    // What the node told is newer than what it was told before.
    const before = rules.get(event.other);
    if (before && !event.causes?.includes(before.by)) continue;
    rules.set(event.other, { ...(event.rule as Said), id: event.other, by: event.id, ...(before?.today === undefined ? {} : { today: before.today }) });
  }
  return [...rules.values()].filter(({ ended }) => !ended);
}

/** What was given by it, as far as this page knows. */
export const given = (history: readonly Entry[], rule: Rule): Entry[] => history.filter((entry) => entry.kind === 'handout' && !entry.void && entry.other === rule.id);

/** The same as `reception::handout::check` says, for when nobody can be asked. */
export function check(rule: Rule, before: readonly number[], now: Date): Warning[] {
  const [warnings, minutes]: [Warning[], number] = [[], rule.min_minutes ?? 0];
  if (minutes > 0 && before.some((at) => at > now.getTime() - minutes * 60_000)) warnings.push('too-soon');
  const many = before.filter((at) => today(new Date(at)) === today(now)).length;
  if (rule.per_day !== undefined && many >= rule.per_day) warnings.push('too-many-today');
  if (rule.in_all !== undefined && before.length >= rule.in_all) warnings.push('too-many-in-all');
  return warnings;
}

/** For how many the rule is; `null` when nobody here knows. */
export function portions(rule: Rule, household: Household | null, here: readonly string[] | undefined, people: number | null, day: string): number | null {
  if (rule.who === 'household') return 1;
  if (!household) return rule.meant === 'all' ? people : null;
  const present = household.persons.filter(({ id }) => here === undefined || here.includes(id));
  if (rule.meant === 'all') return present.length;
  const years = present.map(({ birth }) => (birth ? age(birth, day) : null));
  const fits = { infants: (n: number) => n < 6, children: (n: number) => n < 18, elderly: (n: number) => n >= 65 }[rule.meant];
  return years.filter((n) => n !== null && fits(n)).length;
}
