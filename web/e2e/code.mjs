/** The code on a phone or a card, read without any code of ours; and what the browser keeps, as it lies on the disk. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** jsQR, from another hand than the drawing. */
const READER = readFileSync(createRequire(import.meta.url).resolve('jsqr/dist/jsQR.js'), 'utf8');

/** What an independent reader makes of the code on the screen. */
export async function scanned(page) {
  const code = page.getByRole('img', { name: /QRコード/ }).first();
  await code.waitFor();
  await code.scrollIntoViewIfNeeded();
  const picture = await code.screenshot({ scale: 'device' });
  // Playwright evaluates past the page's policy: the page itself loads nothing.
  await page.evaluate(READER);
  return page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return globalThis.jsQR(context.getImageData(0, 0, image.width, image.height).data, image.width, image.height)?.data;
  }, picture.toString('base64'));
}

/** The parts of `M2:…` by the contract, read without any code of ours. */
export function parts(text) {
  const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
  assert.ok(text?.startsWith('M2:'), `no code of a phone: ${text?.slice(0, 12)}`);
  const bytes = [];
  for (const group of text.slice(3).match(/.{1,3}/gs)) {
    const value = [...group].reduceRight((sum, letter) => sum * 45 + LETTERS.indexOf(letter), 0);
    bytes.push(...(group.length === 3 ? [value >> 8, value & 255] : [value]));
  }
  const all = Buffer.from(bytes);
  const length = all.readUInt16BE(77);
  assert.equal(all.length, 79 + length + 64);
  return { version: all[0], token: all.subarray(1, 17), subject: all.subarray(17, 33).toString('hex'), minute: all.readUInt32BE(33), kid: all.subarray(37, 45).toString('hex'), signed: all.subarray(0, 79 + length), signature: all.subarray(79 + length) };
}

/** The public half of the phone's key, from the browser's own database. */
export function deviceKey() {
  return new Promise((done, failed) => {
    const request = indexedDB.open('mamori-keys');
    request.onerror = failed;
    request.onsuccess = () => {
      const asked = request.result.transaction('keys').objectStore('keys').get('device');
      asked.onsuccess = async () => {
        const raw = new Uint8Array(await crypto.subtle.exportKey('raw', asked.result.publicKey));
        done(btoa(String.fromCharCode(...raw)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''));
      };
    };
  });
}

/** All that the family's database holds, as text. */
export function onDisk(page) {
  return page.evaluate(
    () =>
      new Promise((done, failed) => {
        const request = indexedDB.open('mamori-family');
        request.onerror = failed;
        request.onsuccess = () => {
          const asked = request.result.transaction('sealed').objectStore('sealed').getAll();
          asked.onsuccess = () => done(JSON.stringify(asked.result.map(({ data }) => new TextDecoder().decode(data))));
        };
      }),
  );
}
