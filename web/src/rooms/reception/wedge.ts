/**
 * Scanners and card readers that act as a keyboard: a burst of keys no hand can type, anywhere on the page, ended by Enter
 * or by silence. What the burst left in a field is taken out again.
 */

/** Hands need more than this between two keys for a whole code. */
const GAP_MS = 50;
/** A busy computer may hand a key on late; longer than this, and it is another sequence. */
const STUMBLE_MS = 400;
const SILENCE_MS = 120;
const SHORTEST = 6;
/** So many of the keys of a code of ours must have come at a machine's speed. */
const QUICK_SHARE = 0.8;
/** The longest code has some 1,100 letters. */
const MOST_KEYS = 2_000;
const OURS = /M[12][^A-Z0-9][ -~]*$/i;
/** Without an Enter at its end, only what looks like a code counts. */
const CODE = /^(M[12][^A-Z0-9][ -~]{20,}|[0-9A-F]{14,20})$/i;

export const SCANNED = 'desk-scanned';

type Field = HTMLInputElement | HTMLTextAreaElement;

interface Key {
  letter: string;
  quick: boolean;
  focus: Element | null;
  /** What stood in the field before this key. */
  value: string;
}

const isField = (element: Element | null): element is Field => element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;

export class Wedge {
  readonly #read: (code: string) => void;
  #keys: Key[] = [];
  #last = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(read: (code: string) => void) {
    this.#read = read;
  }

  /** Listens on the window, before every field. */
  listen(): () => void {
    addEventListener('keydown', this.key, true);
    return () => removeEventListener('keydown', this.key, true);
  }

  readonly key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return this.#forget();
    const gap = event.timeStamp - this.#last;
    if (event.key === 'Enter' || event.key === 'Tab') {
      const begin = this.#begin(gap);
      if (begin === undefined) return this.#forget();
      event.preventDefault();
      event.stopImmediatePropagation();
      return this.#done(begin);
    }
    const letter = letterOf(event);
    if (letter === undefined) return event.key === 'Shift' ? undefined : this.#forget();
    if (gap > STUMBLE_MS || this.#keys.length >= MOST_KEYS) this.#forget();
    this.#last = event.timeStamp;
    const focus = document.activeElement;
    this.#keys.push({ letter, quick: gap <= GAP_MS, focus, value: isField(focus) ? focus.value : '' });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#silence(), OURS.test(this.#text()) ? STUMBLE_MS : SILENCE_MS);
  };

  /** Where in the keys a code begins, if a machine pressed them. */
  #begin(gap: number): number | undefined {
    const ours = OURS.exec(this.#text())?.index;
    if (ours !== undefined && gap <= STUMBLE_MS) {
      const keys = this.#keys.slice(ours + 1);
      if (keys.length + 1 >= SHORTEST && keys.filter(({ quick }) => quick).length >= keys.length * QUICK_SHARE) return ours;
    }
    const burst = this.#keys.findLastIndex(({ quick }) => !quick);
    return gap <= GAP_MS && burst >= 0 && this.#keys.length - burst >= SHORTEST ? burst : undefined;
  }

  #silence(): void {
    const begin = this.#begin(0);
    if (begin !== undefined && CODE.test(this.#text().slice(begin))) this.#done(begin);
  }

  #text(): string {
    return this.#keys.map(({ letter }) => letter).join('');
  }

  #done(begin: number): void {
    const code = this.#text().slice(begin);
    const keys = this.#keys.slice(begin);
    this.#forget();
    for (const field of new Set(keys.map(({ focus }) => focus).filter(isField))) {
      // Ends a composition that a Japanese input method began.
      field.blur();
      field.value = keys.find(({ focus }) => focus === field)?.value ?? '';
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    const [first] = keys;
    if (first?.focus instanceof HTMLElement) first.focus.focus();
    // Fields that act on a single key hear that it was none of a hand.
    dispatchEvent(new Event(SCANNED));
    this.#read(code);
  }

  #forget(): void {
    this.#keys = [];
    clearTimeout(this.#timer);
  }
}

/** The letter meant, also while a Japanese input method keeps the key to itself. */
function letterOf({ key, code }: KeyboardEvent): string | undefined {
  if (key.length === 1) return key.normalize('NFKC');
  if (key !== 'Process' && key !== 'Unidentified') return undefined;
  return /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code)?.[1] ?? (code === 'Semicolon' || code === 'Quote' ? ':' : undefined);
}
