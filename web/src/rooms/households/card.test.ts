// @vitest-environment node
import jsQR from 'jsqr';
import { expect, test } from 'vitest';
import { toBase45 } from '$lib/seal/base45.ts';
import { random } from '$lib/bytes.ts';
import { newToken, paperCode } from '$lib/seal/token.ts';
import { known, phoneToken } from './codes-kept.ts';
import { blank } from './kept.ts';
import { onForms, rowsOf } from './on-card.ts';
import { squares } from './squares.ts';

const SCALE = 4;

/** What an independent reader makes of the path that is drawn. */
function read(text: string, level: 'L' | 'M'): { found: string | undefined; version: number } {
  const { path, size, version } = squares(text, level);
  const side = size * SCALE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, wide] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let row = Number(y) * SCALE; row < (Number(y) + 1) * SCALE; row += 1) {
      for (let column = Number(x) * SCALE; column < (Number(x) + Number(wide)) * SCALE; column += 1) pixels.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
    }
  }
  return { found: jsQR(pixels, side, side)?.data, version };
}

test('codes are drawn so that another reader reads them', () => {
  const paper = paperCode(newToken());
  const small = read(paper, 'M');
  expect([small.found, small.version <= 3]).toEqual([paper, true]);
  const phone = `M2:${toBase45(random(505))}`;
  const large = read(phone, 'L');
  expect([large.found, large.version <= 16]).toEqual([phone, true]);
});

const PERSON = { id: 'a', name: '八戸 幸子', birth: '1950-01-05' };

test('a card has the people who were registered, and lines for those who come along', () => {
  const rows = rowsOf({ persons: [PERSON] }, 'names', '2026-11-28');
  expect(rows[0]).toEqual({ name: '八戸 幸子', kana: '', birth: 'S25.1.5', age: '76', sex: null, relation: '' });
  expect([rows.length, rows[5]?.name]).toEqual([6, '']);
  expect(rowsOf({ persons: [PERSON] }, 'blank', '2026-11-28').map(({ name }) => name)).toEqual(['', '', '', '', '', '']);
  expect(rowsOf({ persons: Array.from({ length: 8 }, () => PERSON) }, 'all', '2026-11-28').length).toBe(9);
  expect([onForms('2019-05-01'), onForms('2019-04-30'), onForms('1912-07-30')]).toEqual(['R1.5.1', 'H31.4.30', 'T1.7.30']);
});

test('a stopped code is shown no more, nor another phone’s', () => {
  const token = { id: 'x', kind: 'phone' as const, token: 'A'.repeat(27), made_at: '', revoked_at: null };
  const kept = { ...blank(), phone: { id: 'x', token: token.token }, tokens: [{ ...token, id: 'y' }, token] };
  expect(phoneToken(kept)).toBe(token.token);
  expect(phoneToken({ ...kept, tokens: [{ ...token, id: 'y' }] })).toBeUndefined();
  expect(phoneToken({ ...kept, tokens: [{ ...token, revoked_at: '2026-11-28T05:00:00Z' }] })).toBeUndefined();
  expect(known({ ...kept, tokens: [{ ...token, kind: 'paper', token: null }] }, 'paper')).toBeUndefined();
});
