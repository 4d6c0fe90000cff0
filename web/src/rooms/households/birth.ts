/** Birth dates as people write them: an era or the western year, and digits. Never a calendar. Pure. */
import type { Language } from '$lib/text.ts';

/** The first western year of each era (元年), the newest first, with its first day. */
const ERAS = [
  { era: 'reiwa', first: 2019, from: '2019-05-01' },
  { era: 'heisei', first: 1989, from: '1989-01-08' },
  { era: 'showa', first: 1926, from: '1926-12-25' },
  { era: 'taisho', first: 1912, from: '1912-07-30' },
  { era: 'meiji', first: 1868, from: '1868-10-23' },
] as const;

export type Era = (typeof ERAS)[number]['era'] | 'western';
/** In the order of the form: most people who evacuate with care were born in 昭和. */
export const CHOICES: readonly Era[] = ['showa', 'heisei', 'reiwa', 'taisho', 'meiji', 'western'];
/** Where most who are asked about are children. */
export const CHILDREN_FIRST: readonly Era[] = ['reiwa', 'heisei', 'showa', 'taisho', 'western'];

export interface Typed {
  era: Era;
  year: string;
  month: string;
  day: string;
}
export type Trouble = 'incomplete' | 'year' | 'no_such_day' | 'future' | 'too_old';
export type Read = { date: string | null; trouble: null } | { date: null; trouble: Trouble };

/** Before 1873 Japan counted by the moon. */
const OLDEST = '1873-01-01';
const wrong = (trouble: Trouble): Read => ({ date: null, trouble });

/**
 * The day that was typed; none at all is no trouble. A year that its era did not reach (平成32年) means one day alone and is
 * taken; the form says it again in the era it belongs to.
 */
export function read(typed: Typed, today: string): Read {
  const said = [typed.year, typed.month, typed.day].map((part) => part.normalize('NFKC').trim());
  if (said.every((part) => part === '')) return { date: null, trouble: null };
  const [year, month, day] = said.map((part) => (part === '元' ? 1 : /^\d{1,4}$/.test(part) ? Number(part) : Number.NaN));
  if (year === undefined || month === undefined || day === undefined || said.includes('')) return wrong('incomplete');
  const first = ERAS.find(({ era }) => era === typed.era)?.first;
  if (!(year >= 1) || (first === undefined && year < 1000)) return wrong('year');
  const date = dayOf(first === undefined ? year : first + year - 1, month, day);
  if (!date) return wrong('no_such_day');
  return date > today ? wrong('future') : date < OLDEST ? wrong('too_old') : { date, trouble: null };
}

function dayOf(year: number, month: number, day: number): string | undefined {
  const at = new Date(Date.UTC(year, month - 1, day));
  const real = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return real ? at.toISOString().slice(0, 10) : undefined;
}

/** The era's name and its year, 1 for 元年. */
export function inEra(date: string): { era: Exclude<Era, 'western'>; year: number } | undefined {
  const found = ERAS.find(({ from }) => date >= from);
  return found && { era: found.era, year: Number(date.slice(0, 4)) - found.first + 1 };
}

export function typedOf(date: string | undefined, language: Language): Typed {
  if (!date) return { era: language === 'en' ? 'western' : 'showa', year: '', month: '', day: '' };
  const [year = '', month = '', day = ''] = date.split('-').map((part) => String(Number(part)));
  const era = language === 'en' ? undefined : inEra(date);
  return { era: era?.era ?? 'western', year: era ? String(era.year) : year, month, day };
}

/** Full years on a day; the law counts the birthday itself. */
export function age(date: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(date.slice(0, 4));
  return today.slice(5) >= date.slice(5) ? years : years - 1;
}

const japan = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo' });
/** The day in Japan, whatever the device is set to. */
export const today = (now: Date): string => japan.format(now);
