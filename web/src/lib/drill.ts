/** The mark of a drill on texts that the server sends, every one of which begins with it. */
const MARK = /^【訓練】\s*(?:\[DRILL\]\s*)?/;

/** Texts on one line: the mark of the first counts for the line. Where the first has none, every mark stays. */
export function onOneLine(texts: readonly string[], separator: string): string {
  const [first, ...rest] = texts.filter((text) => text !== '');
  if (first === undefined) return '';
  return [first, ...(MARK.test(first) ? rest.map((text) => text.replace(MARK, '')) : rest)].join(separator);
}
