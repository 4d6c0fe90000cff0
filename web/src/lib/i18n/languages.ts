/** The languages of the app, each under its own name, and which one a new visitor meets. */
import type { Language } from '$lib/text.ts';

export const LANGUAGES: readonly { code: Language; name: string; lang: 'ja' | 'en' }[] = [
  { code: 'ja', name: '日本語', lang: 'ja' },
  { code: 'easy', name: 'やさしい日本語', lang: 'ja' },
  { code: 'en', name: 'English', lang: 'en' },
];

/** The first of the browser's languages that we have; English for everybody else, Japanese where the browser says nothing. */
export function preferred(wanted: readonly string[]): Language {
  if (wanted.length === 0) return 'ja';
  const found = wanted.map((each) => each.toLowerCase().split('-')[0]).find((each) => each === 'ja' || each === 'en');
  return found === 'ja' ? 'ja' : 'en';
}
