/** A token (受付コード): 128 random bits as 26 letters of Crockford's base 32 and one that checks them. Pure but for its randomness. */
import { random, type Bytes } from '$lib/bytes.ts';

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHECKS = `${LETTERS}*~$=U`;
const BYTES = 16;
const LENGTH = 26;
/** Of a code on paper or on a card. */
const PAPER = 'M1:';

export const newToken = (): Bytes => random(BYTES);

/** 27 letters. */
export function tokenText(token: Uint8Array): string {
  if (token.length !== BYTES) throw new Error('a token has 16 bytes');
  let value = numberOf(token);
  const check = CHECKS[Number(value % 37n)] ?? '';
  let text = '';
  for (let i = 0; i < LENGTH; i += 1) {
    text = (LETTERS[Number(value & 31n)] ?? '') + text;
    value >>= 5n;
  }
  return text + check;
}

/** What stands in the QR code of a card. */
export const paperCode = (token: Uint8Array): string => PAPER + tokenText(token);

/** In groups, for people who read or type it. */
export const tokenGroups = (token: Uint8Array): string => tokenText(token).replace(/(.{5})(?=.)/g, '$1-');

/** The token that somebody typed or scanned; O counts as 0, I and L as 1. `undefined` where a letter is wrong or missing. */
export function readToken(typed: string): Bytes | undefined {
  const text = typed.normalize('NFKC').toUpperCase().replace(/^\s*M1:/, '').replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  if (text.length !== LENGTH + 1) return undefined;
  let value = 0n;
  for (const letter of text.slice(0, LENGTH)) {
    const digit = LETTERS.indexOf(letter);
    if (digit < 0) return undefined;
    value = (value << 5n) | BigInt(digit);
  }
  if (value >> 128n !== 0n || CHECKS[Number(value % 37n)] !== text[LENGTH]) return undefined;
  return Uint8Array.from({ length: BYTES }, (_, i) => Number((value >> BigInt(8 * (BYTES - 1 - i))) & 255n));
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
