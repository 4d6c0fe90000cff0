/** The resident's side while an earthquake unfolds: the page moves, nobody touches it. */
import assert from 'node:assert/strict';
import { open } from '../browser.mjs';
import { signIn } from './people.mjs';

const LATE_MS = 45_000;

export const live = {
  async 'a first visit chooses an area by name, and the page then updates by itself'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin);
    await page.goto('/');
    await page.getByRole('link', { name: '地域を選ぶ' }).click();
    await page.getByLabel('市町村名（ひらがなでも探せます）').fill('はちのへ');
    await page.getByRole('button', { name: '八戸市' }).click();
    await page.getByRole('heading', { level: 1, name: '【訓練】八戸市の今' }).waitFor();
    assert.match(await page.title(), /^【訓練】/);
    const top = page.locator('#top-headline');
    await top.waitFor();
    await page.evaluate(() => (globalThis.untouched = true));
    await page.locator('#tsunami').waitFor({ timeout: LATE_MS });
    await page.locator('#top-headline', { hasText: '津波' }).waitFor({ timeout: LATE_MS });
    assert.equal(await page.evaluate(() => globalThis.untouched), true, 'the page was not loaded anew');
    await page.locator('[aria-live="assertive"]', { hasText: '津波' }).first().waitFor({ state: 'attached' });
    assert.deepEqual(problems, []);
    await close();
  },

  async 'the office stops the replay and starts it again, faster'({ browser, origin }) {
    const desk = await open(browser, origin);
    await signIn(desk.page, '県 災害対策本部');
    await desk.page.getByRole('link', { name: '訓練の再生' }).click();
    await desk.page.getByRole('button', { name: '再生を止める' }).click();
    await desk.page.getByText('止めました').waitFor();
    await desk.page.getByLabel('1000倍').check();
    await desk.page.getByRole('button', { name: '訓練を始める' }).click();
    await desk.page.getByText('終わりました').waitFor({ timeout: LATE_MS });
    assert.deepEqual(desk.problems, []);
    await desk.close();
  },

  async 'the timeline fills, newest first, and can be cut to one kind'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { settings: { area: '02203' } });
    await page.goto('/timeline');
    const entries = page.locator('main ol > li');
    await entries.first().waitFor();
    const times = await entries.locator('p:first-child time').evaluateAll((all) => all.map((each) => Date.parse(each.dateTime)));
    assert.ok(times.length >= 8, `${times.length} entries`);
    assert.ok(times.every((at, i) => i === 0 || at <= times[i - 1]), 'newest first');
    await page.getByLabel('種類').selectOption('tsunami');
    for (const text of await entries.allInnerTexts()) assert.match(text, /津波/);
    assert.deepEqual(problems, []);
    await close();
  },

  async 'the map colours the municipalities, the coasts and the epicentre, and says the same in a table'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { settings: { area: '02203' } });
    await page.goto('/map');
    const mark = page.locator('.map-mark[data-code="02203"] .map-sign');
    await page.getByLabel('震度（1日以内の最大）').check();
    await page.locator('.map-mark[data-code="02203"] .intensity-6-upper').waitFor();
    assert.equal(await mark.innerText(), '6+');
    await page.locator('.map-epicentre').waitFor();
    await page.getByRole('checkbox', { name: '震源' }).uncheck();
    await page.locator('.map-epicentre').waitFor({ state: 'detached' });
    await page.getByLabel('市町村を選ぶ').selectOption('02203');
    await page.getByRole('region', { name: '八戸市' }).getByText('震度6強').waitFor();
    const row = page.getByRole('row', { name: /八戸市/ });
    assert.match(await row.innerText(), /6強/);
    assert.equal(await page.locator('table tbody tr').count(), 40);
    assert.deepEqual(problems.filter((problem) => !problem.includes('map/boundaries')), []);
    await close();
  },

  async 'a quake has its own page with intensities and telegrams'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { settings: { area: '02203' } });
    await page.goto('/');
    await page.getByRole('link', { name: 'この地震を詳しく見る' }).click();
    await page.getByRole('heading', { name: '市町村の震度' }).waitFor();
    assert.match(await page.locator('main').innerText(), /VXSE53/);
    assert.deepEqual(problems, []);
    await close();
  },

  async 'a device that takes no part in drills sees none, and nothing calls that calm'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { settings: { area: '02203', drill: false } });
    for (const path of ['/', '/map', '/timeline']) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(600);
      const text = await page.locator('body').innerText();
      assert.doesNotMatch(text, /訓練/, path);
      assert.doesNotMatch(text, /異常なし|異常はありません/, path);
      assert.doesNotMatch(await page.title(), /訓練/);
      assert.equal(await page.locator('.drill-frame').count(), 0);
    }
    assert.deepEqual(problems.filter((problem) => !problem.includes('map/boundaries')), []);
    await close();
  },

  async 'without a stream the page polls, says so, and goes on'({ browser, origin }) {
    const { page, close } = await open(browser, origin, { settings: { area: '02203' } });
    await page.route('**/stream', (route) => route.fulfill({ status: 503, headers: { 'retry-after': '5' } }));
    await page.goto('/');
    await page.getByText('定期的に確認中').first().waitFor();
    await page.unroute('**/stream');
    await page.getByText('自動更新中').first().waitFor({ timeout: 20_000 });
    await close();
  },
};
