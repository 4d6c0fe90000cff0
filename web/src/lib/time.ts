/** Times as people in Aomori read them: always Japan time, whatever the device is set to. */
import type { Language } from './text.ts';

const ZONE = 'Asia/Tokyo';
const numbers = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE,
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const english = new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, day: 'numeric', month: 'short' });

function parts(at: Date): Record<string, string> {
  return Object.fromEntries(numbers.formatToParts(at).map(({ type, value }) => [type, value]));
}

/** 「23時15分」, “23:15”. */
export function clock(at: string | Date, language: Language): string {
  const { hour = '', minute = '' } = parts(new Date(at));
  return language === 'en' ? `${hour}:${minute}` : `${Number(hour)}時${minute}分`;
}

/** 「12月8日 23時15分」, “8 Dec 23:15”; the year is said when it is not the current one. */
export function dateTime(at: string | Date, language: Language, now: Date): string {
  const date = new Date(at);
  const { year = '', month = '', day = '' } = parts(date);
  const other = year !== parts(now).year;
  if (language === 'en') return `${english.format(date)}${other ? ` ${year}` : ''} ${clock(date, language)}`;
  return `${other ? `${year}年` : ''}${Number(month)}月${Number(day)}日 ${clock(date, language)}`;
}

export type Span = { unit: 'now' | 'minutes' | 'hours' | 'days'; count: number };

/** How long ago (or ahead) in the one unit that matters. */
export function span(from: string | Date, to: string | Date): Span {
  const minutes = Math.floor(Math.abs(new Date(to).getTime() - new Date(from).getTime()) / 60_000);
  if (minutes < 1) return { unit: 'now', count: 0 };
  if (minutes < 60) return { unit: 'minutes', count: minutes };
  if (minutes < 48 * 60) return { unit: 'hours', count: Math.floor(minutes / 60) };
  return { unit: 'days', count: Math.floor(minutes / 1440) };
}
