/**
 * The code that a phone shows at a desk (`M2:`): who it is, when it was drawn, and the family's card sealed to the
 * municipality, so that a desk without a network has it all. Signed by the phone.
 */
import { fromBase64url, fromHex, joined, toHex, utf8, type Bytes } from '$lib/bytes.ts';
import { fromBase45, toBase45 } from './base45.ts';
import { packed, unpacked } from './packed.ts';
import { openWith, sealTo, TAG_BYTES, type PrivateKey, type PublicKey } from './hpke.ts';

const MARK = 'M2:';
export const QR_INFO = 'mamori qr 1';
const VERSION = 1;
/** Up to the length of what is sealed. */
const HEAD_BYTES = 1 + 16 + 16 + 4 + 8 + 32 + 2;
const SIGNATURE_BYTES = 64;
/**
 * Letters that fit in a QR code of version 15 at level L (ISO/IEC 18004, alphanumeric): 77 squares across, which a cheap
 * camera reads from a telephone's screen.
 */
export const MOST_LETTERS = 758;

export interface PhoneCode {
  token: Bytes;
  subject: Bytes;
  /** Minutes since 1970. */
  minute: number;
  kid: string;
  enc: Bytes;
  sealed: Bytes;
  signature: Bytes;
  /** What the signature covers. */
  signed: Bytes;
}

/** Letters of a code whose card has so many bytes when packed. */
export function lettersFor(packedBytes: number): number {
  const bytes = HEAD_BYTES + packedBytes + TAG_BYTES + SIGNATURE_BYTES;
  return MARK.length + Math.floor(bytes / 2) * 3 + (bytes % 2) * 2;
}

interface Parts {
  token: Bytes;
  subject: Bytes;
  at: number;
  to: PublicKey;
  household: unknown;
  sign: (message: Bytes) => Promise<Bytes>;
}

/** The text of the code; whether it is short enough is the caller's to see (`MOST_LETTERS`). */
export async function phoneCode({ token, subject, at, to, household, sign }: Parts): Promise<string> {
  const { enc, data } = await sealTo(to, QR_INFO, packed(utf8(JSON.stringify(household))), token);
  const numbers = new DataView(new ArrayBuffer(6));
  numbers.setUint32(0, Math.floor(at / 60_000));
  numbers.setUint16(4, data.length);
  const body = joined(Uint8Array.of(VERSION), token, subject, numbers.buffer.slice(0, 4), fromHex(to.kid), enc, numbers.buffer.slice(4), data);
  return MARK + toBase45(joined(body, await sign(body)));
}

/** The parts of a code; `undefined` where it is none of ours. Says nothing about its signature. */
export function readPhoneCode(text: string): PhoneCode | undefined {
  try {
    const bytes = text.startsWith(MARK) ? fromBase45(text.slice(MARK.length)) : new Uint8Array();
    if (bytes[0] !== VERSION || bytes.length < HEAD_BYTES + SIGNATURE_BYTES) return undefined;
    const numbers = new DataView(bytes.buffer);
    const end = HEAD_BYTES + numbers.getUint16(HEAD_BYTES - 2);
    if (bytes.length !== end + SIGNATURE_BYTES) return undefined;
    return {
      token: bytes.slice(1, 17), subject: bytes.slice(17, 33), minute: numbers.getUint32(33), kid: toHex(bytes.slice(37, 45)),
      enc: bytes.slice(45, 77), sealed: bytes.slice(HEAD_BYTES, end), signature: bytes.slice(end), signed: bytes.slice(0, end),
    };
  } catch {
    return undefined;
  }
}

/** Whether the phone with this public key (base64url, `raw`) drew the code. */
export async function drawnBy(code: PhoneCode, key: string): Promise<boolean> {
  const signer = await crypto.subtle.importKey('raw', fromBase64url(key), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, signer, code.signature, code.signed);
}

export async function openPhoneCode(code: PhoneCode, by: PrivateKey): Promise<Bytes> {
  return unpacked(await openWith(by, QR_INFO, { enc: code.enc, data: code.sealed }, code.token));
}
