/** The answer to a condition over three values: all is the least, any the greatest, not turns around. The same as the server's. */
import type { Dictionary, Facts, Span } from './facts.ts';
import { isSettled } from './facts.ts';
import type { Condition, Figure, Op, Rule, Source, Value, Verdict } from './types.ts';

/** 0 no, 1 to be checked, 2 yes. */
export type Answer = 0 | 1 | 2;
export const VERDICTS: readonly Verdict[] = ['no', 'check', 'yes'];

/** Lines of a table that are worked out. */
const LINES = 16;
const of = (yes: boolean, no: boolean): Answer => (yes ? 2 : no ? 0 : 1);

/** A rule on a day for a household. */
export interface At {
  dictionary: Dictionary;
  rule: Rule;
  facts: Facts;
  on: string;
}

export const speaks = (source: Source, on: string): boolean => (source.from === undefined || source.from <= on) && (source.until === undefined || on <= source.until);

/** What is known of an attribute, of a person where it is a person's. */
export function span(at: At, id: string, person: number | null): Span {
  const attribute = at.dictionary.get(id);
  const of = attribute?.scope === 'person' ? (person === null ? undefined : at.facts.people[person]) : at.facts.household;
  return of?.get(id) ?? [-Infinity, Infinity];
}

/** The lines of a figure of the law that may be meant; `undefined` when it is not known on the day. */
export function lines(at: At, figure: Figure, person: number | null): number[] | undefined {
  const history = (at.rule.parameters[figure.parameter] ?? []).filter(({ from }) => from <= at.on);
  const dated = history.reduce<(typeof history)[number] | undefined>((best, next) => (!best || next.from > best.from ? next : best), undefined);
  const known = dated?.value;
  if (!known || known.length === 0) return undefined;
  if (figure.by === undefined) return known.slice(0, 1);
  if (!at.dictionary.get(figure.by)) return undefined;
  const last = known.length - 1;
  const [lo, hi] = span(at, figure.by, person).map((end) => Math.min(Math.max(end, 0), LINES - 1)) as [number, number];
  return Array.from({ length: hi - lo + 1 }, (_, n) => (known[Math.min(lo + n, last)] ?? 0) + (dated.step ?? 0) * Math.max(lo + n - last, 0));
}

export function compare([lo, hi]: Span, op: Op, limit: number): Answer {
  if (op === 'at_least') return of(lo >= limit, hi < limit);
  if (op === 'more_than') return of(lo > limit, hi <= limit);
  if (op === 'at_most') return of(hi <= limit, lo > limit);
  if (op === 'less_than') return of(hi < limit, lo >= limit);
  return of(lo === hi && lo === limit, limit < lo || hi < limit);
}

function compared(at: At, id: string, op: Op, value: Value, person: number | null): Answer {
  const attribute = at.dictionary.get(id);
  if (!attribute) return 1;
  const known = span(at, id, person);
  const named = (text: string) => at.dictionary.number(attribute, text);
  if (Array.isArray(value)) {
    const set = value.map(named);
    if (set.includes(undefined)) return 1;
    const inside = set.some((one) => one !== undefined && known[0] <= one && one <= known[1]);
    return of(isSettled(known) && set.includes(known[0]), !inside);
  }
  if (typeof value === 'object') {
    const said = (lines(at, value, person) ?? []).map((line) => compare(known, op, line));
    return said.length > 0 && said.every((each) => each === said[0]) ? (said[0] ?? 1) : 1;
  }
  const limit = typeof value === 'string' ? named(value) : Number(value);
  return limit === undefined ? 1 : compare(known, op, limit);
}

export function hasRole(at: At, roles: readonly string[], person: number): Answer {
  const role = at.dictionary.get('role');
  if (roles.length === 0 || !role) return 2;
  const wanted = roles.map((each) => at.dictionary.option(role, each));
  const [lo, hi] = span(at, 'role', person);
  const each = Array.from({ length: hi - lo + 1 }, (_, n) => wanted.includes(lo + n));
  return of(each.every(Boolean), !each.some(Boolean));
}

/** Whether one person counts for "there is somebody who". */
export function oneOf(at: At, roles: readonly string[], body: Condition, person: number): Answer {
  const role = hasRole(at, roles, person);
  return role === 0 ? 0 : (Math.min(role, answer(at, body, person)) as Answer);
}

/** Whether one was born before another; of twins the one who stands first. */
export function isElder(at: At, one: number, other: number): Answer {
  const [a, b] = [span(at, 'birth', one), span(at, 'birth', other)];
  if (isSettled(a) && isSettled(b) && a[0] === b[0]) return one < other ? 2 : 0;
  return of(a[1] < b[0], a[0] > b[1]);
}

export const others = (at: At, person: number): number[] => at.facts.people.map((_, n) => n).filter((n) => n !== person);

function order(at: At, among: Condition, person: number): Span {
  const each = others(at, person).map((other) => Math.min(answer(at, among, other), isElder(at, other, person)));
  const sure = 1 + each.filter((one) => one === 2).length;
  return [sure, at.facts.complete ? 1 + each.filter((one) => one !== 0).length : Infinity];
}

export function answer(at: At, condition: Condition, person: number | null): Answer {
  if ('all' in condition) return condition.all.reduce<Answer>((all, part) => (all === 0 ? 0 : (Math.min(all, answer(at, part, person)) as Answer)), 2);
  if ('any' in condition) return condition.any.reduce<Answer>((any, part) => (any === 2 ? 2 : (Math.max(any, answer(at, part, person)) as Answer)), 0);
  if ('not' in condition) return (2 - answer(at, condition.not, person)) as Answer;
  if ('test' in condition) {
    const { attribute, op, value, source } = condition.test;
    return speaks(source, at.on) ? compared(at, attribute, op, value, person) : 1;
  }
  if ('someone' in condition) {
    const { roles = [], where, at_least = 1 } = condition.someone;
    const each = at.facts.people.map((_, n) => oneOf(at, roles, where, n));
    const sure = each.filter((one) => one === 2).length;
    return of(sure >= Math.max(at_least, 1), at.facts.complete && each.filter((one) => one !== 0).length < Math.max(at_least, 1));
  }
  if ('order' in condition) {
    const { op, value, among, source } = condition.order;
    return person === null || !speaks(source, at.on) ? 1 : compare(order(at, among, person), op, value);
  }
  return 1;
}
