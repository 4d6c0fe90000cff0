import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fold, foldPart } from './fold.ts';

const server = readFileSync('../crates/base/kernel/src/fold.rs', 'utf8');
const pairs = (part: string) => [...part.matchAll(/\(["'](.+?)["'], ["'](.+?)["']\)/gu)].map(([, a = '', b = '']) => [unescaped(a), unescaped(b)] as const);
const unescaped = (text: string) => text.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)));

test('the many ways to write a name are one, as on the server', () => {
  const cases = pairs(/fn the_many_ways[\s\S]*?\];/.exec(server)?.[0] ?? '');
  expect(cases.length).toBeGreaterThan(10);
  for (const [a, b] of cases) expect(fold(a), `${a} ${b}`).toBe(fold(b));
});

test('different names stay different, as on the server', () => {
  const cases = pairs(/fn different_names[\s\S]*?\]\n/.exec(server)?.[0] ?? '');
  expect(cases.length).toBeGreaterThan(3);
  for (const [a, b] of cases) expect(fold(a), `${a} ${b}`).not.toBe(fold(b));
});

test('the variant kanji are the server’s', () => {
  const table = pairs(/static VARIANTS[\s\S]*?\];/.exec(server)?.[0] ?? '');
  expect(table.length).toBeGreaterThan(100);
  for (const [variant, usual] of table) expect(fold(variant), variant).toBe(usual);
});

test('folding twice changes nothing', () => {
  for (const text of ['外ヶ浜町', '本町１－２ー３', '㈱青森', 'カ ゛', 'İstanbul', '𠮷野家　髙﨑']) expect(fold(fold(text)), text).toBe(fold(text));
});

test('a part of a name has the keys that it has on the server', () => {
  const cases = [...(/fn a_part_has_the_keys[\s\S]*?\] \{/.exec(server)?.[0] ?? '').matchAll(/\("(.*?)", &\[(.+?)\]/gu)];
  expect(cases.length).toBeGreaterThan(6);
  for (const [, part = '', keys = ''] of cases) expect(foldPart(part), part).toEqual(JSON.parse(`[${keys}]`));
});
