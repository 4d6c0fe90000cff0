/** A tablet without a hand: it signs and seals as the page does, written without any code of ours. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519';

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const { subtle } = globalThis.crypto;
const utf8 = (text) => new TextEncoder().encode(text);
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
const ID = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/;

/** UUIDv7 of now. */
export function newId() {
  const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  return hex.replace(ID, '$1-$2-7$3-8$4-$5');
}

/** An envelope of version 1 for several holders. */
async function sealed(content, context, holders) {
  const [key, nonce, bound] = [randomBytes(32), randomBytes(12), utf8(context)];
  const aes = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const data = await subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: bound }, aes, utf8(JSON.stringify(content)));
  const held = holders.map(async ({ kid, key: point }) => {
    const recipientPublicKey = await suite.kem.deserializePublicKey(Buffer.from(point, 'base64url'));
    const { enc, ct } = await suite.seal({ recipientPublicKey, info: utf8('mamori envelope 1') }, key, bound);
    return { to: kid, enc: base64url(enc), key: base64url(ct) };
  });
  return { v: 1, nonce: base64url(nonce), data: base64url(data), for: await Promise.all(held) };
}

export class Device {
  #kit;
  #pair;
  #post;
  #keys;
  #boot = randomUUID();
  #began = performance.now();
  id;

  /** `post`: mode, disaster, shelter and municipality. */
  static async at(kit, post) {
    const device = new Device();
    [device.#kit, device.#post] = [kit, post];
    device.#pair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const key = base64url(await subtle.exportKey('raw', device.#pair.publicKey));
    device.id = (await kit.json('/api/reception/devices', { method: 'POST', body: { key, municipality: post.municipality } })).device;
    device.#keys = (await kit.json(`/api/reception/desk?municipality=${post.municipality}&mode=${post.mode}`)).keys;
    return device;
  }

  async event(kind, subject, { content, ...more } = {}) {
    const id = newId();
    const times = { boot: this.#boot, mono_ms: Math.round(performance.now() - this.#began), wall_ms: Date.now() };
    const body = JSON.stringify({ id, schema: 1, kind, ...this.#post, subject, assurance: 1, actor: 'desk', device: this.id, ...times, ...more, ...(content ? { sealed: await sealed(content, `event:${id}`, this.#keys) } : {}) });
    return { body, signature: base64url(await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.#pair.privateKey, utf8(body))) };
  }

  /** A household arrives with its card. */
  checkIn(subject, persons, counts) {
    return this.event('check-in', subject, { counts, stays: 'inside', content: { household: { persons }, situation: { here: persons.map(({ id }) => id) } } });
  }

  /** State of each. */
  async send(events) {
    const { results } = await this.#kit.json('/api/reception/events', { method: 'POST', body: { events } });
    return results.map(({ state, code }) => (code ? `${state} ${code}` : state));
  }
}
