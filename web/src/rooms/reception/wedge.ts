/**
 * Scanners and card readers that act as a keyboard: a burst of keys no hand can type, anywhere on the page, ended by Enter
 * or by silence. What the burst left in a field is taken out again.
 */

/** Hands need more than this between two keys for a whole code. */
const GAP_MS = 50;
const SILENCE_MS = 120;
/** A code of ours has begun in a burst: a computer that is busy may stumble. */
const BEGUN = /^M[12][^A-Z0-9]/i;
const STUMBLE_MS = 400;
const SHORTEST = 6;
/** Without an Enter at its end, only what looks like a code counts. */
const CODE = /^(M[12][^A-Z0-9][ -~]{20,}|[0-9A-F]{14,20})$/i;

export const SCANNED = 'desk-scanned';

type Field = HTMLInputElement | HTMLTextAreaElement;

export class Wedge {
  readonly #read: (code: string) => void;
  #text = '';
  #last = 0;
  #before = new Map<Field, string>();
  #focus: Element | null = null;
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
    const quick = event.timeStamp - this.#last <= (BEGUN.test(this.#text) ? STUMBLE_MS : GAP_MS);
    if ((event.key === 'Enter' || event.key === 'Tab') && quick && this.#text.length >= SHORTEST) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return this.#done();
    }
    const letter = letterOf(event);
    if (letter === undefined) return event.key === 'Shift' ? undefined : this.#forget();
    if (!quick) this.#forget();
    this.#last = event.timeStamp;
    if (this.#text === '') this.#focus = document.activeElement;
    const field = document.activeElement;
    if ((field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) && !this.#before.has(field)) this.#before.set(field, field.value);
    this.#text += letter;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (CODE.test(this.#text) ? this.#done() : this.#forget()), BEGUN.test(this.#text) ? STUMBLE_MS : SILENCE_MS);
  };

  #done(): void {
    const code = this.#text;
    for (const [field, value] of this.#before) {
      // Ends a composition that a Japanese input method began.
      field.blur();
      field.value = value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    if (this.#focus instanceof HTMLElement) this.#focus.focus();
    this.#forget();
    // Fields that act on a single key hear that it was none of a hand.
    dispatchEvent(new Event(SCANNED));
    this.#read(code);
  }

  #forget(): void {
    this.#text = '';
    this.#before = new Map();
    this.#focus = null;
    clearTimeout(this.#timer);
  }
}

/** The letter meant, also while a Japanese input method keeps the key to itself. */
function letterOf({ key, code }: KeyboardEvent): string | undefined {
  if (key.length === 1) return key.normalize('NFKC');
  if (key !== 'Process' && key !== 'Unidentified') return undefined;
  return /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code)?.[1] ?? (code === 'Semicolon' || code === 'Quote' ? ':' : undefined);
}
