/** Ages as the law counts them (年齢計算ニ関スル法律), school years, months of an allowance: the same as the server's. Days are ISO texts. */

type Parts = readonly [year: number, month: number, day: number];

const DAY_MS = 86_400_000;
const parts = (date: string): Parts => date.split('-').map(Number) as unknown as Parts;
const dateOf = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);

/** Days since 1970-01-01. */
export function dayNumber(date: string): number {
  const [year, month, day] = parts(date);
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

/** The day of a number, as far as four-digit years go. */
export function dayOf(number: number): string | undefined {
  return Number.isFinite(number) && Math.abs(number) < 700_000 ? dateOf(number) : undefined;
}

/** A day that the calendar has, written as 2024-05-01. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && dateOf(dayNumber(text)) === text;
}

const after = (date: string): string => dateOf(dayNumber(date) + 1);

/** Full years; an age is reached on the day before the birthday. */
export function ageYears(birth: string, on: string): number {
  const [by, bm, bd] = parts(birth);
  const [y, m, d] = parts(after(on));
  return m > bm || (m === bm && d >= bd) ? y - by : y - by - 1;
}

/** Months between the month of birth and this month. */
export function calendarMonths(birth: string, on: string): number {
  const [by, bm] = parts(birth);
  const [y, m] = parts(on);
  return (y - by) * 12 + m - bm;
}

/** Full months, counted like years. */
export function ageMonths(birth: string, on: string): number {
  const next = after(on);
  const months = calendarMonths(birth, next);
  return parts(next)[2] >= parts(birth)[2] ? months : months - 1;
}

/** Days since the birth. */
export const ageDays = (birth: string, on: string): number => dayNumber(on) - dayNumber(birth);

/** Age on the day before the school year began. */
export function schoolAge(birth: string, on: string): number {
  const [year, month] = parts(on);
  return ageYears(birth, `${String(month >= 4 ? year : year - 1).padStart(4, '0')}-03-31`);
}
