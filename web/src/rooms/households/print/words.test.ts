import { expect, test } from 'vitest';
import { CARD_LANGUAGES, cardWords, DAMAGE, LIFELINES, PETS, WHERE } from './words.ts';

test('the card says the same in every language, nothing empty', async () => {
  const keys = Object.keys(await cardWords('ja'));
  for (const each of [...WHERE, ...PETS, ...DAMAGE, ...LIFELINES]) expect(keys).toContain(each);
  for (const { code } of CARD_LANGUAGES) {
    const words = await cardWords(code);
    expect(Object.keys(words), code).toEqual(keys);
    expect(Object.entries(words).filter(([, word]) => word.trim() === ''), code).toEqual([]);
  }
});
