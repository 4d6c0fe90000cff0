/** Words for what a desk shows. */
import { language, t } from '$lib/i18n/index.svelte.ts';
import { clock } from '$lib/time.ts';
import type { Context } from './api.ts';
import { eraOf, japanese, today } from './birth.ts';
import { age, persons, type Counts, type Person } from './card.ts';

export const shelterName = (context: Context | undefined, facility: string | null): string =>
  facility === null ? t('desk.outside') : (context?.shelters.find((each) => each.facility === facility)?.name ?? t('desk.shelter.unknown'));

/** 「4人（大人2、子ども1、乳幼児1、車いす1）」 */
export function countWords(counts: Counts | null | undefined): string {
  if (!counts) return t('desk.count.unknown');
  const { adults, children, infants, wheelchair } = counts;
  const parts = ([['adults', adults], ['children', children], ['infants', infants], ['wheelchair', wheelchair]] as const).filter(([name, count]) => count > 0 && !(name === 'adults' && children + infants + wheelchair === 0));
  const whole = t('desk.count.persons', { count: persons(counts) });
  return parts.length === 0 ? whole : t('desk.count.of', { whole, parts: parts.map(([name, count]) => t(`desk.count.${name}`, { count })).join(language() === 'en' ? ', ' : '・') });
}

export function ageWords(person: Pick<Person, 'birth'>): string {
  return person.birth ? t('desk.age', { count: age(person.birth, today()) }) : t('desk.age.unknown');
}

/** 「昭和45年3月12日（56歳）」 */
export function birthWords(date: string): string {
  const era = eraOf(date);
  const day = language() === 'en' ? date : japanese(date);
  return era ? t('desk.birth.read', { date: day, age: age(date, today()) }) : day;
}

export const householdName = (people: readonly Pick<Person, 'name'>[] | undefined): string => {
  const [first, ...rest] = people ?? [];
  if (!first) return t('desk.nameless');
  return rest.length === 0 ? first.name || t('desk.nameless') : t('desk.name.and', { name: first.name || t('desk.nameless'), count: rest.length });
};

export const timeWords = (ms: number): string => clock(new Date(ms), language());
