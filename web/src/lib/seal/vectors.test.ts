// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromBase64url, fromUtf8 } from '$lib/bytes.ts';
import { open, type Envelope } from './envelope.ts';
import { openWith, privateKey, type PublicKey } from './hpke.ts';
import { drawnBy, MOST_LETTERS, openPhoneCode, QR_INFO, readPhoneCode } from './phone-code.ts';

interface Case {
  name: string;
  secret: string;
  public: PublicKey;
  plain: string;
}
interface Vectors {
  envelopes: (Case & { context: string; envelope: Envelope })[];
  qr: (Case & { token: string; enc: string; sealed: string })[];
}

/** Written by the program's tests and opened by both sides. */
const vectors = JSON.parse(readFileSync('../crates/base/store/tests/vectors/envelope.json', 'utf8')) as Vectors;
const keyOf = (each: Case) => privateKey(fromBase64url(each.secret), fromBase64url(each.public.key));

test('what the program sealed, the browser opens', async () => {
  expect(vectors.envelopes.map(({ name }) => name)).toContain('server, to the municipality');
  for (const each of vectors.envelopes) {
    const key = await keyOf(each);
    expect(key.kid, each.name).toBe(each.public.kid);
    expect(fromUtf8(await open(each.envelope, each.context, key)), each.name).toBe(each.plain);
    await expect(open(each.envelope, `${each.context}0`, key), each.name).rejects.toThrow();
  }
});

test('the sealed part of a phone’s code is the same on both sides', async () => {
  expect(vectors.qr.length).toBeGreaterThan(0);
  for (const each of vectors.qr) {
    const sealed = { enc: fromBase64url(each.enc), data: fromBase64url(each.sealed) };
    expect(fromUtf8(await openWith(await keyOf(each), QR_INFO, sealed, fromBase64url(each.token))), each.name).toBe(each.plain);
  }
});

test('a code with every field in use fits, and desks read the very same one', async () => {
  const drawn = JSON.parse(readFileSync('../crates/disaster/reception/tests/vectors/phone-code.json', 'utf8')) as Omit<Case, 'name' | 'plain'> & {
    text: string;
    signer: string;
    household: unknown;
  };
  expect(drawn.text.length).toBeLessThanOrEqual(MOST_LETTERS);
  const code = readPhoneCode(drawn.text);
  if (!code) throw new Error('unread');
  expect(await drawnBy(code, drawn.signer)).toBe(true);
  const key = await privateKey(fromBase64url(drawn.secret), fromBase64url(drawn.public.key));
  expect(JSON.parse(fromUtf8(await openPhoneCode(code, key)))).toEqual(drawn.household);
});
