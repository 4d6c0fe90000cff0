/** The three languages of the app: Japanese (ja), plain Japanese (やさしい日本語, easy), English (en). */
export type Language = 'ja' | 'easy' | 'en';

/** A text for residents in the three languages, as the server sends it. */
export interface Text {
  ja: string;
  easy: string;
  en: string;
}
