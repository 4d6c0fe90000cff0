/**
 * An envelope: content sealed once, for several holders of keys. The program reads and writes the same (`store::envelope`);
 * both sides open `crates/base/store/tests/vectors/envelope.json`.
 */
import { fromBase64url, random, toBase64url, utf8, type Bytes } from '$lib/bytes.ts';
import { openWith, sealTo, type PrivateKey, type PublicKey } from './hpke.ts';

const INFO = 'mamori envelope 1';
const NONCE_BYTES = 12;
const KEY_BYTES = 32;

export interface Envelope {
  v: 1;
  nonce: string;
  data: string;
  for: { to: string; enc: string; key: string }[];
}

/** `context` says where the envelope belongs, for example `event:<id>`: moved elsewhere, it does not open. */
export async function seal(plain: Bytes, context: string, to: readonly PublicKey[]): Promise<Envelope> {
  if (to.length === 0) throw new Error('an envelope for nobody');
  const [key, nonce, bound] = [random(KEY_BYTES), random(NONCE_BYTES), utf8(context)];
  const content = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: bound }, content, plain);
  const holders = to.map(async (each) => {
    const sealed = await sealTo(each, INFO, key, bound);
    return { to: each.kid, enc: toBase64url(sealed.enc), key: toBase64url(sealed.data) };
  });
  return { v: 1, nonce: toBase64url(nonce), data: toBase64url(data), for: await Promise.all(holders) };
}

/** Throws where the envelope is not for this key, belongs elsewhere, or was changed. */
export async function open(envelope: Envelope, context: string, by: PrivateKey): Promise<Bytes> {
  const mine = envelope.v === 1 ? envelope.for.find(({ to }) => to === by.kid) : undefined;
  if (!mine) throw new Error('the envelope is not for this key');
  const bound = utf8(context);
  const key = await openWith(by, INFO, { enc: fromBase64url(mine.enc), data: fromBase64url(mine.key) }, bound);
  const content = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: fromBase64url(envelope.nonce), additionalData: bound }, content, fromBase64url(envelope.data));
  return new Uint8Array(plain);
}

export const sealJson = (value: unknown, context: string, to: readonly PublicKey[]): Promise<Envelope> => seal(utf8(JSON.stringify(value)), context, to);
