/** A clerk at a page of the kit: opens the desk, scans, types, counts, moves people on. */
import { randomBytes } from 'node:crypto';
import { DESK, open } from '../browser.mjs';
import { reached } from './desk.mjs';

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHECKS = `${LETTERS}*~$=U`;
/** What one clerk admits with `admitSome`. */
const [NUMBERS, CARDS, CODES] = [9, 5, 4];
const sizeOf = (n) => 1 + (n % 4);
const sum = (count, size) => Array.from({ length: count }, (_, n) => size(n)).reduce((all, each) => all + each, 0);
export const admitted = { households: NUMBERS + CARDS + CODES, persons: sum(NUMBERS, sizeOf) + CARDS + CODES * 2 };

/** A code on paper that nobody registered, by the contract and not by our code. */
export function paperCode() {
  let value = BigInt(`0x${randomBytes(16).toString('hex')}`);
  const check = CHECKS[Number(value % 37n)];
  let text = '';
  for (let i = 0; i < 26; i += 1) [text, value] = [LETTERS[Number(value & 31n)] + text, value >> 5n];
  return `M1:${text}${check}`;
}

/** In the page: the newest of what was saved, or whether it is another than `old` and nothing is being written. How far it has come, and a name that is learnt later, make no other line. */
function newest(old) {
  const first = document.querySelector('section[aria-labelledby="saved"] li');
  const words = first ? `${first.querySelector('.note')?.textContent} ${first.querySelector('button')?.textContent?.split('・').slice(1).join()}` : '';
  return old === undefined ? words : words !== old && document.querySelector('#household, #walkin') === null;
}

export class Hand {
  page;
  #problems;

  /** At the desk of this shelter, in a drill that the kit heard of. */
  static async at(browser, origin, shelter) {
    const hand = new Hand();
    const { page, problems } = await open(browser, origin, { viewport: DESK });
    [hand.page, hand.#problems] = [page, problems];
    await page.goto('/desk');
    await page.getByRole('button', { name: '訓練の受付をする' }).click();
    await page.getByRole('button', { name: shelter }).click();
    await page.locator('#scan').waitFor();
    return hand;
  }

  /** Not what a browser says of a kit that was switched off. */
  problems = () => this.#problems.filter((problem) => !/Failed to load resource|net::ERR|status of 423/.test(problem));
  /** Sooner than its next look by itself, as when the browser hears of a network. */
  async reached(state) {
    await this.page.evaluate(() => dispatchEvent(new Event('online')));
    await reached(this.page, state);
  }

  async unlock(words) {
    await this.page.getByRole('button', { name: 'キットのロックを解除する' }).click();
    await this.page.getByLabel('合言葉').fill(words);
    await this.page.getByRole('button', { name: 'キットのロックを解除する' }).click();
    await this.page.getByRole('button', { name: 'キットをロックする' }).waitFor();
  }

  /** A scanner types it, wherever the cursor is. */
  async scan(code) {
    await this.page.evaluate(() => document.activeElement.blur());
    await this.page.keyboard.type(code, { delay: 2 });
    await this.page.keyboard.press('Enter');
    await this.page.locator('#household').waitFor();
  }

  /** The button, and then the household in the list of what was saved. */
  async save() {
    await this.#done(/^保存する/);
  }

  async number(people) {
    const before = await this.#savedOnes();
    await this.page.locator('#scan').fill(String(people));
    await this.page.locator('#scan').press('Enter');
    await this.#more(before);
  }

  async count(people) {
    await this.page.getByLabel('大人', { exact: true }).fill(String(people));
    await this.save();
  }

  async find(name) {
    await this.page.locator('#scan').fill(name);
    await this.page.locator('#scan').press('Enter');
    await this.page.locator('#household', { hasText: name }).waitFor();
  }

  async moveTo(shelter) {
    await this.page.getByRole('button', { name: 'ほかの避難所へ', exact: true }).click();
    await this.page.getByLabel('移動先の避難所').selectOption({ label: shelter });
    await this.#done('移動にする');
  }

  async leave() {
    await this.page.getByRole('button', { name: '退所', exact: true }).click();
    await this.#done('退所にする');
  }

  /** Numbers, names and codes, as an evening brings them. */
  async admitSome() {
    for (let n = 0; n < NUMBERS; n += 1) await this.number(sizeOf(n));
    for (let n = 0; n < CARDS; n += 1) {
      await this.page.keyboard.press('F2');
      await this.page.locator('[data-name]').first().fill(`手書 ${n}子`);
      await this.save();
    }
    for (let n = 0; n < CODES; n += 1) {
      await this.scan(paperCode());
      await this.count(2);
    }
  }

  async #done(button) {
    const before = await this.#savedOnes();
    await this.page.getByRole('button', { name: button }).click();
    await this.#more(before);
  }

  #savedOnes() {
    return this.page.evaluate(newest);
  }

  #more(before) {
    return this.page.waitForFunction(newest, before);
  }
}
