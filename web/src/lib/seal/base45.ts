/** Base45 (RFC 9285): bytes in the letters that a QR code packs closest. Pure. */
import type { Bytes } from '$lib/bytes.ts';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const BASE = 45;

export function toBase45(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const pair = i + 1 < bytes.length;
    let left = pair ? (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0) : (bytes[i] ?? 0);
    for (let digit = 0; digit < (pair ? 3 : 2); digit += 1) {
      out += LETTERS[left % BASE];
      left = Math.floor(left / BASE);
    }
  }
  return out;
}

/** Throws on a letter of another alphabet, a length that cannot be, and a group that is too large. */
export function fromBase45(text: string): Bytes {
  if (text.length % 3 === 1) throw new Error('not base45: its length');
  const out: number[] = [];
  for (let i = 0; i < text.length; i += 3) {
    const digits = [...text.slice(i, i + 3)].map((letter) => LETTERS.indexOf(letter));
    if (digits.includes(-1)) throw new Error('not base45: a letter');
    const value = digits.reduceRight((sum, digit) => sum * BASE + digit, 0);
    if (value >= (digits.length === 3 ? 65_536 : 256)) throw new Error('not base45: a group');
    if (digits.length === 3) out.push(value >> 8);
    out.push(value & 255);
  }
  return Uint8Array.from(out);
}
