/** How programmes and answers are shown. Pure. */
import { dayNumber } from './calendar.ts';
import type { Content, Decision, Yen } from './types.ts';

/** A text of the record by its path. */
export function textOf({ record }: Pick<Content, 'record'>, path: string): string | undefined {
  const found = path.split('.').reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined), record);
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : undefined;
}

export const nameOfProgramme = (content: Pick<Content, 'record'>): string => textOf(content, 'institutionName.canonicalName') ?? '';

export interface Link {
  uri: string;
  title: string;
}
/** Links that a browser may open. */
export function linksOf({ record }: Pick<Content, 'record'>): Link[] {
  const own = record.localGovernmentLink;
  const lists = [record.relatedLink, record.formLink, [own]].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
  return lists.flatMap((item) => {
    const { uri, title } = (item ?? {}) as { uri?: unknown; title?: unknown };
    if (typeof uri !== 'string' || !/^https?:\/\//.test(uri)) return [];
    return [{ uri, title: typeof title === 'string' && title ? title : uri }];
  });
}

/** 15,000 or 10,000〜46,680; nothing where nothing is paid. */
export function yenRange({ least, most }: Yen): { kind: 'exact' | 'range' | 'upto' | 'from' | 'unknown' | 'none'; least: string; most: string } {
  const words = (yen: number | null) => (yen ?? 0).toLocaleString('ja-JP');
  const ends = { least: words(least), most: words(most) };
  // "From nothing" says nothing.
  if (least === null || (least === 0 && most === null)) return { kind: 'unknown', ...ends };
  if (most === null) return { kind: 'from', ...ends };
  if (least === most) return { kind: most === 0 ? 'none' : 'exact', ...ends };
  return { kind: least === 0 ? 'upto' : 'range', ...ends };
}

/** The certain ones and those to be checked; of both, what is paid comes before what is lent. */
export function grouped<T extends { decision: Decision }>(matched: readonly T[]): { yes: T[]; check: T[]; no: T[] } {
  const of = (verdict: Decision['verdict']) => matched.filter(({ decision }) => decision.verdict === verdict);
  return { yes: of('yes'), check: of('check'), no: of('no') };
}

/** An amount of yen as typed, full-width digits, commas and 万 too; `undefined` when it is none. */
export function yen(typed: string): number | undefined {
  const text = typed.normalize('NFKC').replaceAll(/[,\s円]/g, '');
  const [, man, rest] = /^(?:(\d{1,6}(?:\.\d+)?)万)?(\d{0,12})$/.exec(text) ?? [];
  if (text === '' || (man === undefined && !rest)) return undefined;
  const sum = Math.round(Number(man ?? 0) * 10_000) + Number(rest || 0);
  return sum <= 1_000_000_000_000 ? sum : undefined;
}

/** Whole years on a day, for telling people of a list apart. */
export const roughAge = (birth: string, on: string): number => Math.floor((dayNumber(on) - dayNumber(birth)) / 365.2425);
