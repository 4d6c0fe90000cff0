import { expect, it } from 'vitest';
import { linksOf, textOf, yen, yenRange } from './shown.ts';

const money = (least: number | null, most: number | null) => yenRange({ label: { ja: '', easy: '', en: '' }, unit: 'month', least, most });

it('reads yen as people type it', () => {
  expect([yen('1,500,000'), yen('１５０万円'), yen('2万5000'), yen('0'), yen('12.5万')]).toEqual([1_500_000, 1_500_000, 25_000, 0, 125_000]);
  expect([yen(''), yen('約50万'), yen('-3'), yen('万')]).toEqual([undefined, undefined, undefined, undefined]);
});

it('never shows a figure that nobody knows', () => {
  expect([money(10, 10).kind, money(3, 10).kind, money(0, 10).kind, money(5, null).kind, money(0, null).kind, money(null, null).kind, money(0, 0).kind]).toEqual(['exact', 'range', 'upto', 'from', 'unknown', 'unknown', 'none']);
});

it('opens only links of the web, and texts that are texts', () => {
  const record = { relatedLink: [{ uri: 'javascript:alert(1)', title: 'x' }, { uri: 'https://example.jp', title: null }], summary: ' a ', contact: { contactPhone: null } };
  expect(linksOf({ record })).toEqual([{ uri: 'https://example.jp', title: 'https://example.jp' }]);
  expect([textOf({ record }, 'summary'), textOf({ record }, 'contact.contactPhone'), textOf({ record }, 'a.b.c')]).toEqual(['a', undefined, undefined]);
});
