/** After one visit everything opens without a network, with the last data and their time. */
import assert from 'node:assert/strict';
import { open, shot } from '../browser.mjs';

export const offline = {
  async 'the app opens without a network, with the last data and their time'({ browser, origin }) {
    const { context, page, close } = await open(browser, origin, { settings: { area: '02203' } });
    await page.goto('/');
    await page.locator('#top-headline').waitFor();
    const headline = await page.locator('#top-headline').innerText();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    // Seen once with the network, so that its documents are kept.
    await page.goto('/map');
    await page.locator('.map-mark[data-code="02203"]').waitFor();
    await context.setOffline(true);
    await page.goto('/');
    await page.locator('#top-headline').waitFor();
    assert.equal(await page.locator('#top-headline').innerText(), headline);
    await page.getByText('オフライン（この端末に残る情報）').first().waitFor();
    await page.getByText('情報が古い可能性があります').first().waitFor();
    await shot(page, 'home-offline');
    await page.goto('/map');
    await page.locator('.map-mark[data-code="02203"]').waitFor();
    await page.locator('.maplibregl-canvas').waitFor();
    await page.goto('/timeline');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await context.setOffline(false);
    await page.goto('/');
    await page.getByText('自動更新中').first().waitFor({ timeout: 20_000 });
    await close();
  },

  async 'a page that was never seen says so without a network, and never that all is well'({ browser, origin }) {
    const { context, page, close } = await open(browser, origin, { settings: { area: '02203' } });
    await page.goto('/settings');
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await context.setOffline(true);
    await page.goto('/timeline');
    await page.getByText('情報を取得できません').waitFor();
    assert.doesNotMatch(await page.locator('body').innerText(), /届いている情報はありません/);
    await close();
  },
};
