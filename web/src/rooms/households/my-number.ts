/** The 12 digits of a My Number (個人番号) are taken nowhere: the law forbids collecting them, so they never leave the page. Pure. */

/** Whether a text holds 12 digits in a row, blanks and hyphens aside, whose last one checks the others (総務省令第85号). */
export function holdsMyNumber(text: string): boolean {
  const runs = text.normalize('NFKC').match(/\d(?:[\s-]?\d)+/g) ?? [];
  return runs.map((run) => run.replace(/\D/g, '')).some((run) => run.length === 12 && checks(run));
}

function checks(digits: string): boolean {
  const rest = [...digits].slice(0, 11).reverse().reduce((sum, digit, i) => sum + Number(digit) * (i < 6 ? i + 2 : i - 4), 0) % 11;
  return Number(digits[11]) === (rest <= 1 ? 0 : 11 - rest);
}

/** The same for everything in a value, at any depth. */
export function holdsMyNumberAnywhere(value: unknown): boolean {
  if (typeof value === 'string') return holdsMyNumber(value);
  return value !== null && typeof value === 'object' && Object.values(value).some(holdsMyNumberAnywhere);
}
