/** What is known of a household: spans of what may still be true. What is not known is the whole span, never a no. */
import { ageDays, ageMonths, ageYears, calendarMonths, dayNumber, dayOf, isDay, schoolAge } from './calendar.ts';
import type { Answers, Attribute, End, Given, Profile } from './types.ts';

export type Span = readonly [lo: number, hi: number];
export type Spans = Map<string, Span>;
export interface Facts {
  household: Spans;
  people: Spans[];
  complete: boolean;
}

export const isSettled = ([lo, hi]: Span): boolean => lo === hi;
const exactly = (value: number): Span => [value, value];

/** The attribute dictionary, looked up by id. */
export class Dictionary {
  readonly all: readonly Attribute[];
  readonly #byId: Map<string, Attribute>;
  readonly #rank: Map<string, number>;

  constructor(all: readonly Attribute[]) {
    this.all = all;
    this.#byId = new Map(all.map((each) => [each.id, each]));
    this.#rank = new Map(all.map((each, at) => [each.id, at]));
  }

  get(id: string): Attribute | undefined {
    return this.#byId.get(id);
  }

  rank(id: string): number {
    return this.#rank.get(id) ?? this.all.length;
  }

  option(attribute: Attribute, id: string): number | undefined {
    const at = attribute.options.findIndex((option) => option.id === id);
    return at < 0 ? undefined : at;
  }

  /** What is known when nothing is. */
  unknown(attribute: Attribute): Span {
    if (attribute.kind === 'flag') return [0, 1];
    if (attribute.kind === 'choice') return [0, attribute.options.length - 1];
    return attribute.kind === 'count' || attribute.kind === 'yen' ? [0, Infinity] : [-Infinity, Infinity];
  }

  /** One value as a number; `undefined` when it is none of the attribute's. */
  number(attribute: Attribute, end: End | boolean): number | undefined {
    if (attribute.kind === 'flag') return typeof end === 'boolean' ? Number(end) : undefined;
    if (attribute.kind === 'count' || attribute.kind === 'yen') return typeof end === 'number' ? end : undefined;
    if (typeof end !== 'string') return undefined;
    if (attribute.kind === 'choice') return this.option(attribute, end);
    if (attribute.kind === 'day') return isDay(end) ? dayNumber(end) : undefined;
    return /^\d{5}$/.test(end) ? Number(end) : undefined;
  }
}

function spanOf(dictionary: Dictionary, attribute: Attribute, given: Given): Span {
  const whole = dictionary.unknown(attribute);
  if (typeof given !== 'object') {
    const number = dictionary.number(attribute, given);
    return number === undefined ? whole : exactly(number);
  }
  const lo = given.min === undefined ? whole[0] : dictionary.number(attribute, given.min);
  const hi = given.max === undefined ? whole[1] : dictionary.number(attribute, given.max);
  return lo === undefined || hi === undefined || lo > hi ? whole : [lo, hi];
}

const COUNTS: Record<string, (birth: string, on: string) => number> = { age_years: ageYears, age_months: ageMonths, age_days: ageDays, school_age: schoolAge, calendar_months: calendarMonths };

function spans(dictionary: Dictionary, scope: Attribute['scope'], answers: Answers, on: string): Spans {
  const found: Spans = new Map();
  for (const attribute of dictionary.all.filter((each) => each.scope === scope)) {
    const given = attribute.derived ? undefined : answers[attribute.id];
    found.set(attribute.id, given === undefined ? dictionary.unknown(attribute) : spanOf(dictionary, attribute, given));
  }
  const [first, last] = (found.get('birth') ?? [-Infinity, Infinity]).map(dayOf);
  for (const [id, count] of Object.entries(COUNTS)) {
    // Who was born later is younger.
    if (found.has(id)) found.set(id, [last === undefined ? -Infinity : count(last, on), first === undefined ? Infinity : count(first, on)]);
  }
  return found;
}

/** Reads a profile as of a day. An answer that does not fit its question counts as none. */
export function readFacts(dictionary: Dictionary, profile: Partial<Profile>, on: string): Facts {
  return {
    household: spans(dictionary, 'household', profile.household ?? {}, on),
    people: (profile.people ?? []).map((person) => spans(dictionary, 'person', person, on)),
    complete: profile.complete ?? false,
  };
}
