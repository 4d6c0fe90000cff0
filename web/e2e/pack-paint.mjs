/**
 * How long the map takes from an offline pack: in aeroplane mode, with the processor slowed down four times.
 * Prints `figure pack_paint_s`, the median of five openings of the map at a municipality: until the ground with its
 * roads and the marks of the places are on the screen. `MAMORI_ORIGIN` names a server that runs already.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ARGUMENTS, EXECUTABLE, PHONE } from './browser.mjs';
import { start } from './server.mjs';

const SLOWER = 4;
const RUNS = 5;
const LONGEST_MS = 60_000;
const WANTED = '02203';

const server = await start(3600);
const profile = mkdtempSync(join(tmpdir(), 'mamori-pack-'));
try {
  const packs = await drawn();
  const pack = packs.find(({ code }) => code === WANTED) ?? packs[0];
  if (pack) console.log(`figure pack_paint_s ${(await measured(pack)).toFixed(2)}`);
  else console.log('skipped pack_paint_s the server has no offline pack with tiles and places');
} finally {
  await server.stop();
  rmSync(profile, { recursive: true, force: true });
}

/** The packs that hold tiles and places, once the server has drawn them; it does so in the background. */
async function drawn() {
  for (const end = Date.now() + LONGEST_MS; ; ) {
    const list = await (await fetch(`${server.origin}/public/maps/packs.json`)).json().catch(() => ({}));
    const packs = (list.packs ?? []).filter(({ files }) => files.some(({ role }) => role === 'tiles') && files.some(({ role }) => role === 'places'));
    if (packs.length > 0 || Date.now() > end) return packs;
    await new Promise((done) => setTimeout(done, 250));
  }
}

/** Fetches the pack, leaves the network, closes the browser; then opens the map again and again. Seconds. */
async function measured(pack) {
  const first = await browser();
  const page = await first.newPage();
  await page.addInitScript((area) => localStorage.setItem('mamori.settings', JSON.stringify({ area, language: 'ja', drill: null })), pack.code);
  await page.goto('/packs');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.locator('section[aria-labelledby="packs-mine"] button.button-main').click();
  await page.locator('section[aria-labelledby="packs-mine"]').getByText('この端末にあります').waitFor();
  await first.close();
  const times = [];
  for (let run = 0; run < RUNS; run += 1) times.push(await opened(pack.code));
  console.log(`runs ${times.map((time) => time.toFixed(2)).join(' ')}`);
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)];
}

/** A browser started anew, so that nothing is warm but what the device keeps. */
async function opened(code) {
  const context = await browser();
  await context.setOffline(true);
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await page.goto(`/map?m=${code}`, { waitUntil: 'commit' });
  const box = page.locator('[data-painted][data-placed]');
  await box.waitFor({ state: 'attached' });
  const done = await box.evaluate(({ dataset }) => Math.max(Number(dataset.painted), Number(dataset.placed)));
  await context.close();
  return done / 1000;
}

async function browser() {
  const context = await chromium.launchPersistentContext(profile, { executablePath: EXECUTABLE, args: ARGUMENTS, baseURL: server.origin, viewport: PHONE, locale: 'ja-JP', reducedMotion: 'reduce' });
  context.setDefaultTimeout(LONGEST_MS);
  return context;
}
