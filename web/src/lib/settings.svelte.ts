/** What this device remembers for its owner: nothing of it leaves the device. */
import { preferred } from './i18n/languages.ts';
import type { Language } from './text.ts';

interface Kept {
  area: string | null;
  language: Language;
  /** Takes part in drills (訓練に参加): `null` follows the site, which enrols everybody in a demo. */
  drill: boolean | null;
}

const PLACE = 'mamori.settings';
const kept = $state<Kept>({ area: null, language: preferred(navigator.languages), drill: null, ...read() });

export const settings = {
  get area() {
    return kept.area;
  },
  set area(code: string | null) {
    kept.area = code;
    write();
  },
  get language() {
    return kept.language;
  },
  set language(language: Language) {
    kept.language = language;
    write();
  },
  get drill() {
    return kept.drill;
  },
  set drill(drill: boolean | null) {
    kept.drill = drill;
    write();
  },
};

/** A damaged or foreign value counts as nothing kept. */
export function understood(text: string | null): Partial<Kept> {
  if (!text) return {};
  try {
    const found = JSON.parse(text) as Partial<Record<keyof Kept, unknown>>;
    const out: Partial<Kept> = {};
    if (typeof found.area === 'string' && /^02\d{3}$/.test(found.area)) out.area = found.area;
    if (found.language === 'ja' || found.language === 'easy' || found.language === 'en') out.language = found.language;
    if (typeof found.drill === 'boolean') out.drill = found.drill;
    return out;
  } catch {
    return {};
  }
}

function read(): Partial<Kept> {
  try {
    return understood(localStorage.getItem(PLACE));
  } catch {
    return {};
  }
}

function write(): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify(kept));
  } catch {
    // Private windows and full disks refuse: the choice then lasts as long as the page.
  }
}
