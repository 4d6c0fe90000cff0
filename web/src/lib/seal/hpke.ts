/**
 * HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM: what is sealed to a public
 * key, only the holder of its private key opens. The program does the same in `store::envelope`.
 */
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519';
import { fromBase64url, sha256, toBase64url, toHex, utf8, type Bytes } from '$lib/bytes.ts';

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** A public key as it comes over the wire. */
export interface PublicKey {
  /** The first 16 hexadecimal digits of the SHA-256 of the key. */
  kid: string;
  /** 32 bytes in base64url. */
  key: string;
  /** `municipality:02203`, `kit:<uuid>`. */
  owner?: string;
}

/** A private key with the id of its public half. */
export interface PrivateKey {
  kid: string;
  secret: CryptoKey;
}

export interface Sealed {
  /** The sender's one-time public key, 32 bytes. */
  enc: Bytes;
  /** The content and 16 bytes of its tag. */
  data: Bytes;
}

export const ENC_BYTES = 32;
export const TAG_BYTES = 16;

export const kidOf = async (key: Bytes): Promise<string> => toHex((await sha256(key)).slice(0, 8));

/** Throws where the id is not the key's own: then somebody changed one of them. */
async function checked(to: PublicKey): Promise<CryptoKey> {
  const raw = fromBase64url(to.key);
  if ((await kidOf(raw)) !== to.kid) throw new Error('the id is not of this key');
  return suite.kem.deserializePublicKey(raw);
}

export async function sealTo(to: PublicKey, info: string, plain: Bytes, bound: Bytes): Promise<Sealed> {
  const sent = await suite.seal({ recipientPublicKey: await checked(to), info: utf8(info) }, plain, bound);
  return { enc: new Uint8Array(sent.enc), data: new Uint8Array(sent.ct) };
}

/** Throws for another key, another info, another binding, or a changed byte. */
export async function openWith(by: PrivateKey, info: string, sealed: Sealed, bound: Bytes): Promise<Bytes> {
  return new Uint8Array(await suite.open({ recipientKey: by.secret, enc: sealed.enc, info: utf8(info) }, sealed.data, bound));
}

/** A private key from its 32 bytes. */
export async function privateKey(raw: Bytes, publicRaw: Bytes): Promise<PrivateKey> {
  return { kid: await kidOf(publicRaw), secret: await suite.kem.deserializePrivateKey(raw) };
}

/** A new pair: the public half for others, the private half for this device. */
export async function newPair(): Promise<{ open: PublicKey; secret: PrivateKey }> {
  const pair = await suite.kem.generateKeyPair();
  const raw = new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey));
  const kid = await kidOf(raw);
  return { open: { kid, key: toBase64url(raw) }, secret: { kid, secret: pair.privateKey } };
}
