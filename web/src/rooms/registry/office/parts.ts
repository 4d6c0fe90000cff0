/** The parts of a condition, for the form. Pure. */
import type { Attribute, Condition, Op, Source, Value } from '../types.ts';

export const KINDS = ['test', 'someone', 'any', 'all', 'not', 'order', 'ask'] as const;
export type PartKind = (typeof KINDS)[number];

export const kindOf = (condition: Condition): PartKind => KINDS.find((kind) => kind in condition) ?? 'all';

export const source = (): Source => ({ text: '', law: '' });
const test = (): Condition => ({ test: { attribute: 'pregnant', op: 'is', value: true, source: source() } });
const child = (): Condition => ({ test: { attribute: 'age_years', op: 'less_than', value: 1, source: source() } });

export function made(kind: PartKind): Condition {
  if (kind === 'someone') return { someone: { roles: ['child'], where: { all: [child()] }, at_least: 1 } };
  if (kind === 'not') return { not: test() };
  if (kind === 'order') return { order: { op: 'at_least', value: 2, among: { all: [child()] }, source: source() } };
  if (kind === 'ask') return { ask: { what: { ja: '', easy: '', en: '' }, source: source() } };
  return kind === 'all' ? { all: [] } : kind === 'any' ? { any: [] } : test();
}

export function partsOf(condition: Condition): Condition[] {
  if ('all' in condition) return condition.all;
  if ('any' in condition) return condition.any;
  if ('not' in condition) return [condition.not];
  if ('someone' in condition) return [condition.someone.where];
  return 'order' in condition ? [condition.order.among] : [];
}

export function withParts(condition: Condition, parts: Condition[]): Condition {
  const [first] = parts;
  if ('all' in condition) return { all: parts };
  if ('any' in condition) return { any: parts };
  if (!first) return condition;
  if ('not' in condition) return { not: first };
  if ('someone' in condition) return { someone: { ...condition.someone, where: first } };
  return 'order' in condition ? { order: { ...condition.order, among: first } } : condition;
}

export const withPart = (condition: Condition, at: number, part: Condition): Condition => withParts(condition, partsOf(condition).map((each, n) => (n === at ? part : each)));
export const withoutPart = (condition: Condition, at: number): Condition => withParts(condition, partsOf(condition).filter((_, n) => n !== at));

const ORDERED: readonly Op[] = ['at_least', 'more_than', 'at_most', 'less_than'];
/** The comparisons that fit an attribute. */
export function opsOf({ kind }: Attribute): readonly Op[] {
  if (kind === 'flag' || kind === 'municipality') return ['is'];
  return kind === 'choice' ? ['is', 'in'] : kind === 'count' ? ['is', ...ORDERED] : ORDERED;
}

/** A value that fits an attribute and a comparison, to begin with. */
export function valueFor(attribute: Attribute, op: Op, figures: readonly string[]): Value {
  const first = attribute.options[0]?.id ?? '';
  if (attribute.kind === 'flag') return true;
  if (attribute.kind === 'choice') return op === 'in' ? [first] : first;
  if (attribute.kind === 'count') return 0;
  if (attribute.kind === 'yen') return { parameter: figures[0] ?? '' };
  return attribute.kind === 'day' ? '2026-04-01' : '02201';
}

/** Figures of a table as typed: 690000, 1070000. */
export function numbers(typed: string): number[] | null {
  const parts = typed.normalize('NFKC').split(/[、;\s]+|,(?!\d{3}(?:\D|$))/).map((part) => part.replaceAll(',', '')).filter(Boolean);
  return parts.length > 0 && parts.every((part) => /^\d{1,13}$/.test(part)) ? parts.map(Number) : null;
}
