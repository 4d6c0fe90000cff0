import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import en from './en.json';
import easy from './ja-easy.json';
import ja from './ja.json';

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('the three languages have the same keys, none empty', () => {
  for (const [name, words] of Object.entries({ easy, en })) {
    expect(Object.keys(words), name).toEqual(Object.keys(ja));
  }
  for (const words of [ja, easy, en]) {
    expect(Object.entries(words).filter(([, word]) => word.trim() === '').map(([key]) => key)).toEqual([]);
  }
});

test('a key has the same places to fill in, in every language', () => {
  for (const [key, word] of Object.entries(ja)) {
    expect(places(easy[key as keyof typeof easy]), key).toEqual(places(word));
    expect(places(en[key as keyof typeof en]), key).toEqual(places(word));
  }
});

test('no language ever says that all is well', () => {
  for (const words of [ja, easy, en]) {
    for (const [key, word] of Object.entries(words)) expect(word, key).not.toMatch(/異常なし|異常はありません|安全です|all clear|no danger|you are safe/i);
  }
});

test('every word is used, and every text of a screen stands in the files', () => {
  const sources = walk('src').filter((path) => /\.(svelte|ts)$/.test(path) && !path.endsWith('.test.ts') && !path.endsWith('.d.ts'));
  const text = sources.map((path) => readFileSync(path, 'utf8')).join('\n');
  // `level.${level}` and the like count for every key that begins so.
  const stems = [...text.matchAll(/`([a-z_]+(?:\.[a-z_]+)*)\.\$\{[^`]*`/g)].map(([, stem]) => `${stem}.`);
  const unused = Object.keys(ja).filter((key) => !text.includes(`'${key}'`) && !stems.some((stem) => key.startsWith(stem)));
  expect(unused).toEqual([]);
  for (const path of sources.filter((each) => each.endsWith('.svelte'))) {
    const screen = readFileSync(path, 'utf8').replace(/<script[\s\S]*?<\/script>|<!--[\s\S]*?-->/g, '').replace(/、|（|）|　/g, '');
    expect(screen.match(/[ぁ-んァ-ヶ一-龠]+/g), path).toBeNull();
  }
});

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}
