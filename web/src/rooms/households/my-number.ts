/** The 12 digits of a My Number (個人番号) are taken nowhere: the law forbids collecting them, so they never leave the page. Pure. */

/** What people write between groups of digits. */
const BETWEEN = /[\s\-‐‑‒–—―−ー_.・,、/|]{1,3}/;
const RUN = new RegExp(`\\d+(?:${BETWEEN.source}\\d+)*`, 'g');
const INVISIBLE = /[\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]/g;

/** Whether twelve digits in a row stand in a text, in groups or not, whose last one checks the others (総務省令第85号). */
export function holdsMyNumber(text: string): boolean {
  const runs = text.normalize('NFKC').replace(INVISIBLE, '').match(RUN) ?? [];
  return runs.map((run) => run.split(BETWEEN)).some((groups) => groups.some((_, first) => groups.some((__, last) => checked(groups.slice(first, last + 1).join('')))));
}

const checked = (digits: string): boolean => digits.length === 12 && checks(digits);

function checks(digits: string): boolean {
  const rest = [...digits].slice(0, 11).reverse().reduce((sum, digit, i) => sum + Number(digit) * (i < 6 ? i + 2 : i - 4), 0) % 11;
  return Number(digits[11]) === (rest <= 1 ? 0 : 11 - rest);
}

/** The same for everything in a value, at any depth; telephone numbers have their own form and are none. */
export function holdsMyNumberAnywhere(value: unknown): boolean {
  if (typeof value === 'string') return holdsMyNumber(value);
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([name, member]) => !TELEPHONES.includes(name) && holdsMyNumberAnywhere(member));
}

const TELEPHONES = ['phone', 'landline', 'mobile'];
