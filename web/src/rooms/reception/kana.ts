/** The reading of a name, caught while it is typed: a Japanese input method shows the kana before it makes kanji of them. */

const KANA = /^[ぁ-んゔー゛゜]+/;

const hiragana = (text: string): string => text.replace(/[ァ-ヶ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60));

export class Reading {
  kana = '';
  #composed = '';

  /** `compositionupdate`: 「はちn」, 「はちのへ」, then 「八戸」. Kana seen are kept, what was chosen for them is not. */
  update(data: string): void {
    const found = KANA.exec(hiragana(data.normalize('NFKC')))?.[0];
    if (found !== undefined) this.#composed = found;
    else if (data === '') this.#composed = '';
  }

  /** `compositionend`: what was seen counts, unless the composition was given up. */
  end(data: string): void {
    if (data !== '') this.kana += this.#composed;
    this.#composed = '';
  }

  /** After each change of the field: a space parts the reading too, an empty field has none. */
  value(text: string): void {
    if (text.trim() === '') this.kana = '';
    else if (/[\s　]$/.test(text) && this.kana !== '' && !this.kana.endsWith(' ')) this.kana += ' ';
  }
}

/** Surname and the rest, as far as a space parts them. */
export function parted(name: string): { surname: string; given: string } {
  const [surname = '', ...given] = name.trim().split(/[\s　]+/);
  return given.length > 0 ? { surname, given: given.join(' ') } : { surname: '', given: surname };
}

/** The reading to propose for a name: what was caught, what the name itself says, or the family's for the surname. */
export function proposed(name: string, caught: string, family: readonly { name: string; kana: string }[]): string {
  const own = hiragana(name.normalize('NFKC').trim().replace(/\s+/g, ' '));
  if (/^[ぁ-んゔー ]+$/.test(own)) return own;
  const { surname } = parted(name);
  const known = surname === '' ? '' : parted(family.find((each) => parted(each.name).surname === surname && each.kana.includes(' '))?.kana ?? '').surname;
  const read = caught.trim().replace(/\s+/g, ' ');
  if (known === '') return read;
  return read.startsWith(`${known} `) ? read : `${known} ${read}`;
}
