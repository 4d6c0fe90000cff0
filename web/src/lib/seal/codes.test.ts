// @vitest-environment node
import { expect, test } from 'vitest';
import { fromHex, toHex, utf8 } from '$lib/bytes.ts';
import { fromBase45, toBase45 } from './base45.ts';
import { newToken, paperCode, readToken, tokenGroups, tokenText } from './token.ts';

test('base45 by the examples of RFC 9285', () => {
  for (const [plain, code] of [['AB', 'BB8'], ['Hello!!', '%69 VD92EX0'], ['base-45', 'UJCLQE7W581'], ['ietf!', 'QED8WEX0'], ['', '']] as const) {
    expect(toBase45(utf8(plain))).toBe(code);
    expect(fromBase45(code)).toEqual(utf8(plain));
  }
  for (const bad of ['A', 'AAAA', 'GGW', ':::', '::', 'bb8', 'é00']) expect(() => fromBase45(bad), bad).toThrow();
});

test('a token is 26 letters and one that checks them', () => {
  expect(tokenText(new Uint8Array(16))).toBe('000000000000000000000000000');
  // 2^128 - 1 leaves 32 by 37, the first of the signs after the letters.
  expect(tokenText(new Uint8Array(16).fill(255))).toBe('7ZZZZZZZZZZZZZZZZZZZZZZZZZ*');
  expect(tokenText(fromHex('0000000000000000000000000000002b'))).toBe('0000000000000000000000001B6');
  expect(['20', '21', '22', '23', '24'].map((end) => tokenText(fromHex(end.padStart(32, '0'))).at(-1)).join('')).toBe('*~$=U');
  expect(paperCode(new Uint8Array(16))).toMatch(/^M1:0{27}$/);
});

test('a token is read as people type it', () => {
  const token = newToken();
  const text = tokenText(token);
  const ways = [text, paperCode(token), tokenGroups(token), text.toLowerCase(), text.replaceAll('0', 'O').replaceAll('1', 'l'), ` ${tokenGroups(token).replaceAll('-', ' ')} `];
  for (const typed of ways) expect(toHex(readToken(typed) ?? new Uint8Array()), typed).toBe(toHex(token));
});

test('one wrong letter, or two that changed places, is never another token', () => {
  const text = tokenText(fromHex('0123456789abcdef0123456789abcdef'));
  const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  for (let i = 0; i < 26; i += 1) {
    for (const letter of letters) {
      const typed = text.slice(0, i) + letter + text.slice(i + 1);
      if (typed !== text) expect(readToken(typed), typed).toBeUndefined();
    }
    const swapped = text.slice(0, i) + (text[i + 1] ?? '') + (text[i] ?? '') + text.slice(i + 2);
    if (i < 25 && swapped !== text) expect(readToken(swapped), swapped).toBeUndefined();
  }
  for (const bad of ['', text.slice(1), `8${text.slice(1)}`, `${text}0`, 'U'.repeat(27)]) expect(readToken(bad), bad).toBeUndefined();
});
