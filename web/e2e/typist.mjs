/** A typist of 200 ms a key, with a Japanese input method: the letters of the reading, the space bar, Enter. */

const KEY_MS = 200;
const KANA = {
  あ: 'a', い: 'i', う: 'u', え: 'e', お: 'o', か: 'ka', き: 'ki', く: 'ku', け: 'ke', こ: 'ko', さ: 'sa', し: 'shi', す: 'su', せ: 'se', そ: 'so',
  た: 'ta', ち: 'chi', つ: 'tsu', て: 'te', と: 'to', な: 'na', に: 'ni', ぬ: 'nu', ね: 'ne', の: 'no', は: 'ha', ひ: 'hi', ふ: 'fu', へ: 'he', ほ: 'ho',
  ま: 'ma', み: 'mi', む: 'mu', め: 'me', も: 'mo', や: 'ya', ゆ: 'yu', よ: 'yo', ら: 'ra', り: 'ri', る: 'ru', れ: 're', ろ: 'ro', わ: 'wa', を: 'wo', ん: 'nn',
  が: 'ga', じ: 'ji', だ: 'da', で: 'de', ど: 'do', ば: 'ba', ぶ: 'bu', べ: 'be', ぼ: 'bo', ょ: 'xyo', っ: 'xtu', ー: '-',
};

export class Typist {
  keys = 0;
  #page;
  #cdp;

  static async at(page) {
    const typist = new Typist();
    typist.#page = page;
    typist.#cdp = await page.context().newCDPSession(page);
    return typist;
  }

  async #pause() {
    this.keys += 1;
    await new Promise((done) => setTimeout(done, KEY_MS));
  }

  async press(key) {
    await this.#page.keyboard.press(key);
    await this.#pause();
  }

  /** Letters and digits as they stand on the keys. */
  async type(text) {
    for (const letter of text) await this.press(letter);
  }

  /** Kana by their letters, converted by the space bar and taken by Enter: what people see while they write a name. */
  async kanji(reading, written) {
    let seen = '';
    for (const kana of reading) {
      const letters = KANA[kana];
      if (!letters) throw new Error(`the typist does not know ${kana}`);
      for (let i = 1; i < letters.length; i += 1) {
        await this.#compose(seen + letters.slice(0, i));
        await this.#pause();
      }
      seen += kana;
      await this.#compose(seen);
      await this.#pause();
    }
    await this.#compose(written);
    await this.#pause();
    await this.#cdp.send('Input.insertText', { text: written });
    await this.#pause();
  }

  #compose(text) {
    return this.#cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  }
}

/** 様式6 of four people by keyboard alone, from the key that opens the form to the one that saves it. */
export async function family(typist) {
  await typist.press('F2');
  await typist.kanji('はちのへ', '八戸');
  await typist.press('Space');
  await typist.kanji('いちろう', '一郎');
  await person(typist, ['S630401', '2', '1']);
  await member(typist, ['はなこ', '花子'], ['H060228', '1', '2']);
  await member(typist, ['さちこ', '幸子'], ['S250105', '1', '6']);
  await member(typist, ['けんた', '健太'], ['R070505', '2', '4']);
  await typist.press('Enter');
  await typist.type('1');
  await typist.kanji('うちまる', '内丸');
  await typist.press('Enter');
  await typist.type('0318686');
  await typist.press('Enter');
  await typist.kanji('はちのへしうちまる', '八戸市内丸');
  await typist.type('1-1-1');
  await typist.press('Enter');
  await typist.type('09000000000');
  for (const key of ['Enter', 'Enter', '1', '1', 'Enter']) await typist.press(key);
}

/** From the end of the name to the end of the row; the reading stands there already. */
async function person(typist, [born, sex, relation]) {
  await typist.press('Enter');
  await typist.press('Enter');
  await typist.type(born);
  await typist.press('Enter');
  await typist.press(sex);
  await typist.press(relation);
}

async function member(typist, [reading, written], rest) {
  await typist.kanji(reading, written);
  await person(typist, rest);
}
