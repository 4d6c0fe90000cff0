/** Birth dates as typed digits (S450312, 昭和45年3月12日, 1970/3/12), with the Japanese era beside them. Never a calendar. */
import { today as dayInJapan } from '$rooms/households/birth.ts';

interface Era {
  letter: string;
  name: string;
  /** First and last day, ISO. */
  from: string;
  to: string;
}

const ERAS: readonly Era[] = [
  { letter: 'm', name: '明治', from: '1868-01-25', to: '1912-07-29' },
  { letter: 't', name: '大正', from: '1912-07-30', to: '1926-12-24' },
  { letter: 's', name: '昭和', from: '1926-12-25', to: '1989-01-07' },
  { letter: 'h', name: '平成', from: '1989-01-08', to: '2019-04-30' },
  { letter: 'r', name: '令和', from: '2019-05-01', to: '9999-12-31' },
];

export type Birth = { date: string } | { date: null; problem: 'unfinished' | 'no-such-day' | 'outside-era' | 'future'; meant?: string };

/** What was typed as a date. Empty is `undefined`: nobody said. `meant` is the day if an era was merely counted too far. */
export function birth(typed: string, today: string): Birth | undefined {
  const text = typed.normalize('NFKC').toLowerCase().replace(/\s/g, '').replace('元年', '1年');
  if (text === '') return undefined;
  const era = ERAS.find(({ letter, name }) => text.startsWith(letter) || text.startsWith(name));
  const rest = era ? text.slice(text.startsWith(era.letter) ? 1 : era.name.length) : text;
  const parts = era ? split(rest, 2) : split(rest, 4);
  if (!parts) return { date: null, problem: 'unfinished' };
  const year = era ? Number(era.from.slice(0, 4)) - 1 + parts[0] : parts[0];
  const date = day(year, parts[1], parts[2]);
  if (!date || (era && parts[0] === 0)) return { date: null, problem: 'no-such-day' };
  if (date > today) return { date: null, problem: 'future' };
  if (era && (date < era.from || date > era.to)) return { date: null, problem: 'outside-era', meant: date };
  return date < '1868-01-25' ? { date: null, problem: 'no-such-day' } : { date };
}

/** Year, month, day: apart by signs, or as digits whose last four are month and day. */
function split(text: string, years: number): [number, number, number] | undefined {
  const apart = /^(\d{1,4})[-./年](\d{1,2})[-./月](\d{1,2})日?$/.exec(text);
  if (apart) return [Number(apart[1]), Number(apart[2]), Number(apart[3])];
  const digits = years === 4 ? /^(\d{4})(\d{2})(\d{2})$/ : /^(\d{1,3})(\d{2})(\d{2})$/;
  const found = digits.exec(text);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : undefined;
}

function day(year: number, month: number, date: number): string | undefined {
  const at = new Date(Date.UTC(2000, 0, 1));
  at.setUTCFullYear(year, month - 1, date);
  const there = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === date;
  return there ? at.toISOString().slice(0, 10) : undefined;
}

/** Era and year of a day: `{ era: 's', year: 45 }`. */
export function eraOf(date: string): { era: string; name: string; year: number } | undefined {
  const era = ERAS.find(({ from, to }) => from <= date && date <= to);
  return era ? { era: era.letter, name: era.name, year: Number(date.slice(0, 4)) - Number(era.from.slice(0, 4)) + 1 } : undefined;
}

/** 「昭和45年3月12日」 */
export function japanese(date: string): string {
  const era = eraOf(date);
  const [year, month, day] = date.split('-').map(Number);
  return `${era ? `${era.name}${era.year === 1 ? '元' : era.year}` : year}年${month}月${day}日`;
}

/** Today in Japan, ISO. */
export const today = (now = new Date()): string => dayInJapan(now);
