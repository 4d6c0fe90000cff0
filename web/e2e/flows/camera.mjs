/** A code before the camera: Chromium films a picture of ours, and the worker reads it, by files of our own server alone. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { encode } from 'uqr';
import { ARGUMENTS, DESK, EXECUTABLE, open } from '../browser.mjs';
import { sit } from './desk.mjs';

const CODE = 'M1:0000000000000000000000001B6';
const [WIDTH, HEIGHT] = [640, 480];

/** One frame of raw video (YUV4MPEG2, 4:2:0) with the code in its middle. */
function film(text) {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const scale = Math.floor(HEIGHT / size);
  const [left, top] = [Math.floor((WIDTH - size * scale) / 2), Math.floor((HEIGHT - size * scale) / 2)];
  const luma = Buffer.alloc(WIDTH * HEIGHT, 235);
  for (let y = 0; y < size * scale; y += 1) {
    for (let x = 0; x < size * scale; x += 1) if (data[Math.floor(y / scale)][Math.floor(x / scale)]) luma[(top + y) * WIDTH + left + x] = 16;
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((WIDTH * HEIGHT) / 2, 128)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420mpeg2\n`), ...Array.from({ length: 10 }, () => frame)]);
}

export const camera = {
  async 'a code before the camera is read on the device, by our own files'({ origin }) {
    const folder = mkdtempSync(join(tmpdir(), 'mamori-camera-'));
    const file = join(folder, 'code.y4m');
    writeFileSync(file, film(CODE));
    const browser = await chromium.launch({ executablePath: EXECUTABLE, args: [...ARGUMENTS, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${file}`] });
    try {
      const { context, page, problems } = await open(browser, origin, { viewport: DESK, permissions: ['camera'] });
      const asked = [];
      context.on('request', (request) => asked.push(request.url()));
      await sit(page);
      await page.getByRole('button', { name: 'カメラ', exact: true }).click();
      await page.getByText('登録が見つかりません（受付はできます）').waitFor({ timeout: 30_000 });
      assert.equal(await page.locator('video').count(), 0, 'the camera is off again');
      assert.ok(asked.some((url) => url.endsWith('.wasm')), 'the reader was loaded when it was wanted');
      assert.deepEqual(asked.filter((url) => !url.startsWith(origin)), [], 'from nobody else');
      assert.deepEqual(problems.filter((problem) => !/Failed to load resource/.test(problem)), []);
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
