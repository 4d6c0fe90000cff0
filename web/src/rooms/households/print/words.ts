/** The words of the printed card. More languages than the app has: they are loaded by the page that prints, one at a time. */
import type ja from './ja.json';

export type CardWords = typeof ja;
export type CardWord = keyof CardWords;
export type CardLanguage = 'ja' | 'easy' | 'en' | 'zh' | 'ko' | 'vi';

/** Each under its own name, as somebody at a desk would look for it. */
export const CARD_LANGUAGES: readonly { code: CardLanguage; name: string; lang: string }[] = [
  { code: 'ja', name: '日本語', lang: 'ja' },
  { code: 'easy', name: 'やさしい日本語', lang: 'ja' },
  { code: 'en', name: 'English', lang: 'en' },
  { code: 'zh', name: '简体中文', lang: 'zh-Hans' },
  { code: 'ko', name: '한국어', lang: 'ko' },
  { code: 'vi', name: 'Tiếng Việt', lang: 'vi' },
];

const files: Record<CardLanguage, () => Promise<{ default: CardWords }>> = {
  ja: () => import('./ja.json'),
  easy: () => import('./easy.json'),
  en: () => import('./en.json'),
  zh: () => import('./zh.json'),
  ko: () => import('./ko.json'),
  vi: () => import('./vi.json'),
};

export const cardWords = async (language: CardLanguage): Promise<CardWords> => (await files[language]()).default;

const choices = (stem: string, count: number): CardWord[] => Array.from({ length: count }, (_, i) => `${stem}.${i + 1}` as CardWord);
/** What is ticked on paper (K15, K17, K18, K19). */
export const WHERE = choices('where', 4);
export const PETS = choices('pets', 4);
export const DAMAGE = choices('damage', 5);
export const LIFELINES = choices('lifelines', 6);
