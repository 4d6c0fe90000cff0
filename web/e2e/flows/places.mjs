/** The resident looks for a place to go: list, map and page say the same; and all of it works from an offline pack. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ARGUMENTS, axe, EXECUTABLE, open, overflow, PHONE, shot } from '../browser.mjs';

const HACHINOHE = { settings: { area: '02203' } };
/** What a browser reports although nothing is wrong. */
const expected = (problem) => problem.includes('/public/map/boundaries.json');
const json = async (origin, path) => (await fetch(`${origin}${path}`)).json();

async function ready(page) {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

const mine = (page) => page.locator('section[aria-labelledby="packs-mine"]');

async function fetched(page) {
  await page.goto('/packs');
  await ready(page);
  await mine(page).getByText(/\d+\.\d ?MB/).first().waitFor();
  await mine(page).getByRole('button', { name: '保存する' }).click();
  await mine(page).getByText('この端末にあります').waitFor();
}

export const places = {
  async 'a resident finds a place by its reading, narrows the list, and reads the page of the place'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, HACHINOHE);
    await page.goto('/places');
    const rows = page.locator('section[aria-labelledby="found"] li h3');
    await rows.first().waitFor();
    const all = Number.parseInt(await page.locator('#found').innerText(), 10);
    await page.getByLabel('名前・よみ・住所').fill('みほん ちゅうおう');
    await page.waitForURL(/q=/);
    await page.waitForFunction((before) => Number.parseInt(document.querySelector('#found')?.textContent ?? '', 10) < before, all);
    for (const name of await rows.allInnerTexts()) assert.match(name, /見本/);
    await page.getByText('絞り込む', { exact: true }).click();
    await page.getByRole('checkbox', { name: '指定避難所', exact: true }).check();
    await page.waitForURL(/k=shelter/);
    await page.reload();
    assert.equal(await page.getByRole('checkbox', { name: '指定避難所', exact: true }).isChecked(), true, 'the choice stands in the address');
    await rows.first().getByRole('link').click();
    await page.getByRole('heading', { name: '災害ごとの適否' }).waitFor();
    await page.getByRole('heading', { name: '出典' }).waitFor();
    await page.locator('[data-painted]').waitFor({ state: 'attached' });
    await shot(page, 'place');
    assert.deepEqual([...(await axe(page)), ...problems.filter((problem) => !expected(problem))], []);
    assert.ok((await overflow(page)) <= 0);
    await close();
  },

  async 'near me sorts on the device, and the position is sent nowhere'({ browser, origin }) {
    const { context, page, close } = await open(browser, origin, { ...HACHINOHE, geolocation: { latitude: 40.5123, longitude: 141.4876 }, permissions: ['geolocation'] });
    const sent = [];
    context.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
    await page.goto('/places');
    await page.getByRole('button', { name: '近くから探す' }).click();
    await page.getByText('現在地から近い順に表示しています').waitFor();
    const away = page.locator('section[aria-labelledby="found"] li', { hasText: /約[\d.]+k?m/ });
    await away.first().waitFor();
    const metres = (await away.allInnerTexts()).map((text) => { const [, count, kilo] = /約([\d.]+)(k?)m/.exec(text); return Number(count) * (kilo ? 1000 : 1); });
    assert.ok(metres.every((each, i) => i === 0 || each >= metres[i - 1]), `nearest first: ${metres}`);
    assert.deepEqual(sent.filter((each) => /40\.51|141\.48/.test(each)), []);
    await close();
  },

  async 'a municipality without a register says so, and never that there is nothing'({ browser, origin }) {
    const { municipalities } = await json(origin, '/public/places/index.json');
    const bare = ['02450', '02426', '02425'].find((code) => !municipalities.some((each) => each.code === code && each.published));
    const { page, problems, close } = await open(browser, origin);
    await page.goto(`/places?m=${bare}`);
    await page.getByText('台帳はまだ登録されていません').waitFor();
    await page.getByText('場所がないという意味ではありません').waitFor();
    await page.goto('/places/view?m=02203&id=nowhere');
    await page.getByText('この場所は見つかりません').waitFor();
    assert.deepEqual(problems.filter((problem) => !expected(problem)), []);
    await close();
  },

  async 'the map shows places, and the list beside it says the same'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, HACHINOHE);
    await page.goto('/map?m=02203&t=none');
    await page.locator('[data-placed]').waitFor({ state: 'attached' });
    const count = async () => Number.parseInt(await page.locator('section[aria-labelledby="in-view"] [role=status]').innerText(), 10);
    await page.locator('section[aria-labelledby="in-view"] li h3').first().waitFor();
    const all = await count();
    assert.ok(all > 0);
    await page.getByText('絞り込む', { exact: true }).click();
    await page.getByRole('checkbox', { name: 'AED', exact: true }).check();
    await page.waitForURL(/k=aed/);
    await page.waitForFunction((before) => Number.parseInt(document.querySelector('section[aria-labelledby="in-view"] [role=status]')?.textContent ?? '', 10) < before, all);
    await page.getByRole('checkbox', { name: '洪水・内水の浸水想定' }).check();
    await page.waitForURL(/l=flood/);
    await page.getByText('色のないところが安全という意味ではありません').waitFor();
    await shot(page, 'map-places');
    assert.deepEqual([...(await axe(page)), ...problems.filter((problem) => !expected(problem))], []);
    await close();
  },

  async 'an offline pack survives a restart, and gives map, list and search without a network'({ origin }) {
    const profile = mkdtempSync(join(tmpdir(), 'mamori-e2e-pack-'));
    const start = () => chromium.launchPersistentContext(profile, { executablePath: EXECUTABLE, args: ARGUMENTS, baseURL: origin, viewport: PHONE, locale: 'ja-JP', reducedMotion: 'reduce' });
    try {
      const before = await start();
      const visit = await before.newPage();
      await visit.addInitScript(() => localStorage.setItem('mamori.settings', JSON.stringify({ area: '02203' })));
      await fetched(visit);
      await shot(visit, 'packs-kept');
      await before.close();
      const context = await start();
      await context.setOffline(true);
      const page = await context.newPage();
      await page.goto('/places');
      await page.getByLabel('名前・よみ・住所').fill('みほん');
      await page.locator('section[aria-labelledby="found"] li h3', { hasText: '見本' }).first().waitFor();
      await page.getByText('オフライン（この端末に残る情報）').first().waitFor();
      await page.goto('/map?m=02203&t=none');
      await page.locator('[data-painted][data-placed]').waitFor({ state: 'attached', timeout: 30_000 });
      await shot(page, 'map-offline');
      await page.goto('/packs');
      await page.locator('section[aria-labelledby="packs-here"], section[aria-labelledby="packs-mine"]').getByRole('button', { name: '削除する' }).first().click();
      await page.getByRole('button', { name: '本当に削除する' }).click();
      await page.getByText('この端末にあります').waitFor({ state: 'detached' });
      const left = await page.evaluate(async () => {
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('packs');
        const names = [];
        for await (const name of folder.keys()) names.push(name);
        return names;
      });
      assert.deepEqual(left, ['index.json']);
      await context.close();
    } finally {
      rmSync(profile, { recursive: true, force: true });
    }
  },

  async 'a download is paused and goes on; a damaged file is thrown away'({ browser, origin }) {
    const { page, context, close } = await open(browser, origin, HACHINOHE);
    await page.goto('/packs');
    await ready(page);
    await page.route('**/maps/files/**', async (route) => {
      const answer = await route.fetch();
      const body = await answer.body();
      body[body.length - 1] ^= 1;
      await route.fulfill({ response: answer, body });
    });
    await mine(page).getByRole('button', { name: '保存する' }).click();
    await mine(page).getByText('受け取ったデータが壊れていたため').waitFor();
    await page.unroute('**/maps/files/**');
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 100, downloadThroughput: 40_000, uploadThroughput: 40_000 });
    await mine(page).getByRole('button', { name: '続ける' }).click();
    await mine(page).getByText('受信中').waitFor();
    await page.waitForFunction(() => (document.querySelector('section[aria-labelledby="packs-mine"] progress')?.value ?? 0) > 10_000);
    await mine(page).getByRole('button', { name: '一時停止' }).click();
    await mine(page).getByText('一時停止中').waitFor();
    await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    const ranged = page.waitForRequest((request) => request.url().includes('/maps/files/') && /^bytes=[1-9]/.test(request.headers().range ?? ''));
    await mine(page).getByRole('button', { name: '続ける' }).click();
    await ranged;
    await mine(page).getByText('この端末にあります').waitFor();
    await close();
  },
};
