/** Words of the app in the language chosen; every text of ours lives in the three JSON files beside this one. */
import type ja from './ja.json';
import { onOneLine } from '$lib/drill.ts';
import { settings } from '$lib/settings.svelte.ts';
import type { Language, Text } from '$lib/text.ts';

export type Key = keyof typeof ja;
type Words = Record<Key, string>;

const files: Record<Language, () => Promise<{ default: Words }>> = {
  ja: () => import('./ja.json'),
  easy: () => import('./ja-easy.json'),
  en: () => import('./en.json'),
};

let words = $state.raw<Words>();
let shown = $state<Language>('ja');

/** Loads the words of a language and shows it; until they are here, the language before stays. */
export async function speak(language: Language): Promise<void> {
  words = (await files[language]()).default;
  shown = language;
  settings.language = language;
  document.documentElement.lang = language === 'en' ? 'en' : 'ja';
}

export const language = (): Language => shown;

/** The word for a key, with `{name}` places filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const word = words?.[key] ?? key;
  return word.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** A text of the server in the language shown. */
export function say(text: Text | string | null | undefined): string {
  if (!text) return '';
  if (typeof text === 'string') return text;
  return text[shown] || text.ja;
}

/** Texts of the server one after the other on a line. */
export const sayAll = (texts: readonly (Text | string | null | undefined)[]): string => onOneLine(texts.map(say), shown === 'en' ? ', ' : '、');

/** A name in Japanese, or its romaji for readers of English. */
export function nameOf(area: { name: string; romaji?: string }): string {
  return shown === 'en' && area.romaji ? area.romaji : area.name;
}
