import { expect, test } from 'vitest';
import { fromBase64url, fromHex, joined, same, toBase64url, toHex } from './bytes.ts';

test('base64url goes there and back', () => {
  for (const sample of [[], [0], [255, 254, 253], [1, 2, 3, 4]]) expect([...fromBase64url(toBase64url(Uint8Array.from(sample)))]).toEqual(sample);
  expect(toBase64url(Uint8Array.from([251, 255]))).toBe('-_8');
  expect(() => fromBase64url('くじら')).toThrow();
});

test('hexadecimal goes there and back, and nothing else is taken for it', () => {
  expect([...fromHex('00ff7F')]).toEqual([0, 255, 127]);
  expect(toHex(fromHex('00ff7f'))).toBe('00ff7f');
  for (const bad of ['0', 'zz', '0x00', ' 00']) expect(() => fromHex(bad), bad).toThrow();
});

test('pieces are joined in order', () => {
  expect(same(joined(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3).buffer), Uint8Array.of(1, 2, 3))).toBe(true);
  expect(same(Uint8Array.of(1), Uint8Array.of(1, 2))).toBe(false);
});
