/** What was scanned or typed: a code on paper, a phone's, a card with a chip, a number of people, or words. */
import { fromHex, joined, sha256, toHex, utf8, type Bytes } from '$lib/bytes.ts';
import { readPhoneCode } from '$lib/seal/phone-code.ts';
import { paperCode, readToken } from '$lib/seal/token.ts';

export interface Code {
  of: 'paper' | 'phone' | 'card';
  /** As the node's `scan` takes it. */
  send: string;
  /** The household while no node answers: every desk derives the same one. */
  subject: string;
}

/** The subject of a token that no roster knows, as `reception::Subject::of_token`. */
export async function subjectOf(token: Bytes): Promise<string> {
  return toHex((await sha256(joined(utf8('mamori reception subject\0'), token))).slice(0, 16));
}

/** The token that a chip card's number stands for; the number itself goes nowhere. */
export async function cardToken(uid: string): Promise<Bytes> {
  return (await sha256(utf8(`mamori card\0${uid.toUpperCase()}`))).slice(0, 16);
}

/** A code from a scanner, a camera or fingers; `undefined` when it is none. `reader` says that no hand typed it. */
export async function readCode(text: string, reader = false): Promise<Code | undefined> {
  const trimmed = text.trim();
  // A scanner set to another keyboard sends another sign for the colon.
  const phone = readPhoneCode(/^M2./i.test(trimmed) ? `M2:${trimmed.slice(3)}` : '');
  if (phone) return { of: 'phone', send: `M2:${trimmed.slice(3)}`, subject: toHex(phone.subject) };
  const token = readToken(trimmed.replace(/^M1[^A-Z0-9]/i, ''));
  if (token) return { of: 'paper', send: paperCode(token), subject: await subjectOf(token) };
  if (reader && /^([0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{16}|[0-9A-F]{20})$/i.test(trimmed)) {
    const made = await cardToken(toHex(fromHex(trimmed)));
    return { of: 'card', send: paperCode(made), subject: await subjectOf(made) };
  }
  return undefined;
}

/** A number alone: that many people, nothing else known. */
export function headcount(text: string): number | undefined {
  const digits = text.normalize('NFKC').trim();
  return /^\d{1,3}$/.test(digits) && Number(digits) > 0 ? Number(digits) : undefined;
}

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** The number of a household for paper and shouting (受付番号): six letters of its key. */
export function receiptNumber(subject: string): string {
  let value = BigInt(`0x${subject.slice(0, 8)}`) & 0x3fff_ffffn;
  let text = '';
  for (let i = 0; i < 6; i += 1) [text, value] = [(LETTERS[Number(value & 31n)] ?? '') + text, value >> 5n];
  return `${text.slice(0, 3)}-${text.slice(3)}`;
}

/** The number as somebody typed it, in its one form; `undefined` when it is none. */
export function isReceiptNumber(typed: string): string | undefined {
  const text = typed.normalize('NFKC').toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return /^[0-9A-HJKMNP-TV-Z]{6}$/.test(text) ? `${text.slice(0, 3)}-${text.slice(3)}` : undefined;
}
