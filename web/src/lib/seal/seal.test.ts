// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromBase64url, fromUtf8, random, toBase64url, toHex, utf8, type Bytes } from '$lib/bytes.ts';
import { openAtRest, sealAtRest } from './drawer.ts';
import { open, seal, sealJson, type Envelope } from './envelope.ts';
import { newPair, type PublicKey } from './hpke.ts';
import words from './dictionary.ts';
import { drawnBy, MOST_LETTERS, openPhoneCode, phoneCode, readPhoneCode } from './phone-code.ts';

const FAMILY = {
  persons: [
    { id: '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10', name: '八戸 一郎', kana: 'はちのへ いちろう', birth: '1988-04-01', sex: 'male', relation: '本人' },
    { id: '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11', name: '八戸 花子', kana: 'はちのへ はなこ', birth: '1992-02-29', sex: 'female', relation: '妻', needs: { pregnant: true } },
    { id: '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e12', name: '八戸 幸子', kana: 'はちのへ さちこ', birth: '1950-01-05', sex: 'female', relation: '母', needs: { mobility: 'wheelchair', care: 'care-3' } },
    { id: '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e13', name: '八戸 健太', kana: 'はちのへ けんた', birth: '2025-05-05', sex: 'male', relation: '長男', needs: { infant_goods: true } },
  ],
  municipality: '02203', address: '八戸市内丸1丁目1-1', mobile: '09000000000',
};

const changed = (bytes: Bytes, at: number): Bytes => Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte));

test('an envelope opens for each of its holders, and for nobody else', async () => {
  const [town, kit, stranger] = await Promise.all([newPair(), newPair(), newPair()]);
  const envelope = await sealJson(FAMILY, 'event:1', [town.open, kit.open]);
  for (const { secret } of [town, kit]) expect(JSON.parse(fromUtf8(await open(envelope, 'event:1', secret)))).toEqual(FAMILY);
  await expect(open(envelope, 'event:1', stranger.secret)).rejects.toThrow();
  expect(JSON.stringify(envelope)).not.toMatch(/八戸|02203/);
  expect(envelope.for.map(({ enc, key }) => [fromBase64url(enc).length, fromBase64url(key).length])).toEqual([[32, 48], [32, 48]]);
});

test('an envelope does not open elsewhere, nor after a change', async () => {
  const town = await newPair();
  const envelope = await seal(utf8('x'), 'event:1', [town.open]);
  await expect(open(envelope, 'event:2', town.secret)).rejects.toThrow();
  const data = fromBase64url(envelope.data);
  await expect(open({ ...envelope, data: toBase64url(changed(data, 0)) }, 'event:1', town.secret)).rejects.toThrow();
  await expect(open({ ...envelope, v: 2 } as unknown as Envelope, 'event:1', town.secret)).rejects.toThrow();
  await expect(seal(utf8('x'), 'event:1', [])).rejects.toThrow();
  await expect(seal(utf8('x'), 'event:1', [{ ...town.open, kid: '0011223344556677' }])).rejects.toThrow('the id is not of this key');
});

async function signer() {
  const pair = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])) as CryptoKeyPair;
  const key = toBase64url(await crypto.subtle.exportKey('raw', pair.publicKey));
  return { key, sign: async (message: Bytes) => new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, message)) };
}

async function drawn(to: PublicKey, household: unknown = FAMILY) {
  const [token, subject, phone] = [random(16), random(16), await signer()];
  const text = await phoneCode({ token, subject, at: Date.UTC(2026, 10, 28, 5, 0, 59), to, household, sign: phone.sign });
  return { token, subject, phone, text };
}

test('a family of four with needs fits in a QR code of version 15, and every part of it comes back', async () => {
  const town = await newPair();
  const { token, subject, phone, text } = await drawn(town.open);
  expect(text.length).toBeLessThanOrEqual(MOST_LETTERS);
  expect(text).toMatch(/^M2:[0-9A-Z $%*+./:-]+$/);
  const code = readPhoneCode(text);
  if (!code) throw new Error('unread');
  expect([toHex(code.token), toHex(code.subject), code.minute, code.kid]).toEqual([toHex(token), toHex(subject), Date.UTC(2026, 10, 28, 5, 0) / 60_000, town.open.kid]);
  expect(JSON.parse(fromUtf8(await openPhoneCode(code, town.secret)))).toEqual(FAMILY);
  expect(await drawnBy(code, phone.key)).toBe(true);
  expect(await drawnBy(code, (await signer()).key)).toBe(false);
});

test('a code with a changed byte is not its phone’s any more, and a shortened one is none', async () => {
  const town = await newPair();
  const { phone, text } = await drawn(town.open);
  const code = readPhoneCode(text);
  if (!code) throw new Error('unread');
  for (const at of [1, 20, 34, 40, 50, 90]) expect(await drawnBy({ ...code, signed: changed(code.signed, at) }, phone.key), String(at)).toBe(false);
  await expect(openPhoneCode({ ...code, token: changed(code.token, 0) }, town.secret)).rejects.toThrow();
  for (const bad of [text.slice(0, -3), `${text}000`, text.slice(3), 'M2:', `M1:${text.slice(3)}`, text.toLowerCase()]) expect(readPhoneCode(bad)).toBeUndefined();
});

test('what is kept on the device opens under its own name alone', async () => {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const kept = await sealAtRest(key, 'household', FAMILY);
  expect(await openAtRest(key, 'household', kept)).toEqual(FAMILY);
  await expect(openAtRest(key, 'other', kept)).rejects.toThrow();
  expect(new TextDecoder().decode(kept.data)).not.toContain('八戸');
});

test('desks know the same words of cards', () => {
  const theirs = readFileSync(new URL('../../../../crates/disaster/reception/src/phone-code-dictionary.txt', import.meta.url), 'utf8');
  expect(words).toBe(theirs);
});
