/** The centre's side: two desks of one shelter, kits and devices, a list worked through by two people, how long records are kept. */
import assert from 'node:assert/strict';
import { createHash, randomUUID, webcrypto } from 'node:crypto';
import { request } from 'node:http';
import { axe, DESK, open, overflow, PHONE, shot } from '../browser.mjs';
import { expected, reached, saved, sit, tab } from './desk.mjs';
import { signIn } from './people.mjs';

const WIDTHS = [{ width: 320, height: 640 }, PHONE, DESK];
const SEARCHERS = ['八戸市 避難所受付', '八戸市 安否確認担当'];

/** At every width: nothing serious, nothing sticking out. */
async function look(page, name) {
  const findings = [];
  for (const size of WIDTHS) {
    await page.setViewportSize(size);
    await page.waitForTimeout(300);
    const out = await overflow(page);
    findings.push(...(await axe(page)).map((each) => `${name} ${size.width}: ${each}`), ...(out > 0 ? [`${name} ${size.width}: ${out} px stick out`] : []));
    await shot(page, `centre-${name}`);
  }
  await page.setViewportSize(DESK);
  assert.deepEqual(findings, []);
}

/** A kit presents itself, as `mamori kit enrol` does. */
async function enrol(origin, code) {
  const raw = async (algorithm, uses) => Buffer.from(await webcrypto.subtle.exportKey('raw', (await webcrypto.subtle.generateKey(algorithm, true, uses)).publicKey));
  const [device, point, kit] = [await raw({ name: 'ECDSA', namedCurve: 'P-256' }, ['sign', 'verify']), await raw({ name: 'X25519' }, ['deriveBits']), randomUUID()];
  const kid = createHash('sha256').update(point).digest('hex').slice(0, 16);
  const asked = { code, kit, device_key: device.toString('base64url'), public_key: { kid, key: point.toString('base64url'), owner: `kit:${kit}` } };
  // As a program asks, not a page.
  const status = await new Promise((done, failed) => {
    const sent = request(`${origin}/api/reception/kits/enrol`, { method: 'POST', headers: { 'content-type': 'application/json', 'sec-fetch-site': 'none' } }, (answer) => done(answer.resume().statusCode));
    sent.on('error', failed);
    sent.end(JSON.stringify(asked));
  });
  assert.equal(status, 200);
}

export const centre = {
  async 'two desks of a shelter give by one rule, and read what the other wrote'({ browser, origin }) {
    const [first, second] = [await open(browser, origin, { viewport: DESK }), await open(browser, origin, { viewport: DESK })];
    await sit(first.page);
    await sit(second.page);
    await first.page.locator('#scan').pressSequentially('7', { delay: 120 });
    await first.page.waitForTimeout(120);
    await first.page.keyboard.press('Enter');
    const number = (await saved(first.page).getByText(/受付番号/).first().innerText()).replace('受付番号 ', '');
    await reached(first.page, 'centre');
    await tab(first.page, '配布');
    await first.page.getByLabel('名前', { exact: true }).fill('夕食の弁当');
    await first.page.getByRole('button', { name: '作る' }).click();
    await first.page.getByRole('button', { name: /^夕食の弁当/ }).click();
    await first.page.locator('#scan').fill(number);
    await first.page.locator('#scan').press('Enter');
    await first.page.getByRole('button', { name: '渡した' }).click();
    await first.page.locator('#main').getByText('夕食の弁当 7 を渡しました').waitFor();
    await first.page.waitForTimeout(1_500);
    // The other desk has the rule, and hears that it was given.
    await tab(second.page, '配布');
    await second.page.getByRole('button', { name: /^夕食の弁当.*今日 1世帯/ }).click();
    await second.page.locator('#scan').fill(number);
    await second.page.locator('#scan').press('Enter');
    await second.page.getByText('すでに1回受け取っています').waitFor();
    await shot(second.page, 'centre-handout-warned');
    await tab(first.page, '物資・要望');
    await first.page.getByLabel('毛布（枚）').fill('30');
    await first.page.getByRole('button', { name: 'この内容で要求する' }).click();
    await first.page.locator('strong', { hasText: '毛布（枚） 30' }).waitFor();
    await first.page.waitForTimeout(1_500);
    await tab(second.page, '物資・要望');
    const asked = second.page.locator('li', { has: second.page.locator('strong', { hasText: '毛布（枚） 30' }) });
    await asked.getByRole('button', { name: /手配中にする/ }).click();
    await asked.getByText('手配中', { exact: true }).waitFor();
    await look(second.page, 'requests');
    await tab(second.page, '掲示用の数字');
    await second.page.getByRole('row', { name: /毛布/ }).waitFor();
    await look(second.page, 'board');
    const problems = [...first.problems, ...second.problems].filter((problem) => !expected(problem));
    assert.deepEqual(problems, []);
    await first.close();
    await second.close();
  },

  async 'some of a family go out while the others stay'({ browser, origin }) {
    const { page, close } = await open(browser, origin, { viewport: DESK });
    await sit(page);
    await page.locator('#scan').pressSequentially('5', { delay: 120 });
    await page.waitForTimeout(120);
    await page.keyboard.press('Enter');
    const household = () => saved(page).getByRole('button', { name: /名前なし/ }).first();
    await household().click();
    await page.getByRole('button', { name: '一部の人が外出' }).click();
    await page.getByLabel('外出する人数（全部で5人）').fill('2');
    await shot(page, 'centre-leave-some');
    await page.getByRole('button', { name: '外出を記録する' }).click();
    await household().click();
    await page.getByText('（2人は外出中）').first().waitFor();
    await page.getByText(/入所中\s*3人/).waitFor();
    await look(page, 'some-out');
    await page.getByRole('button', { name: '戻ってきた' }).click();
    await household().click();
    await page.getByText(/入所中\s*5人/).waitFor();
    await close();
  },

  async 'a code makes a kit, the kit is seen, and its word is taken away; so is a lost device’s'({ browser, origin }) {
    const desk = await open(browser, origin, { viewport: DESK });
    await Promise.all([desk.page.waitForResponse((answer) => answer.url().endsWith('/api/reception/devices') && answer.ok()), sit(desk.page)]);
    await desk.close();
    const { page, problems, close } = await open(browser, origin, { viewport: DESK });
    await signIn(page, '八戸市 避難所担当');
    await page.getByRole('link', { name: '避難所キット' }).click();
    await page.getByLabel('キットの名前').fill('試験 1号');
    const form = page.locator('form', { has: page.locator('#code') });
    await form.locator('fieldset .choice').first().waitFor();
    await form.locator('fieldset .choice').first().click();
    await form.getByRole('button', { name: 'コードを作る' }).click();
    const code = await page.getByTestId('kit-code').innerText();
    assert.match(code, /^[0-9A-Z]{4}-[0-9A-Z]{4}-/);
    await look(page, 'kits-code');
    await enrol(origin, code);
    await page.reload();
    const kit = page.locator('li.card', { has: page.getByRole('heading', { name: '試験 1号' }) });
    await kit.getByText('まだ通信がありません').waitFor();
    await look(page, 'kits');
    await kit.getByRole('button', { name: /失効させる/ }).click();
    await kit.getByRole('button', { name: /^失効させる/ }).last().click();
    await kit.locator('p', { hasText: '失効' }).first().waitFor();
    await kit.getByRole('button').first().waitFor({ state: 'detached' });
    // A desk opened somewhere: it is listed, and may be revoked.
    const devices = page.locator('section', { has: page.locator('#devices') });
    const device = devices.locator('li').first();
    await device.getByRole('button', { name: /失効させる/ }).click();
    await device.getByRole('button', { name: 'やめる' }).click();
    assert.deepEqual(problems, []);
    await close();
  },

  async 'a list is taken in as the office has it, and two people work through those left behind'({ browser, origin }) {
    const people = [];
    for (const name of SEARCHERS) {
      const each = await open(browser, origin, { viewport: DESK });
      await signIn(each.page, name);
      await each.page.getByRole('link', { name: '取り残しの確認' }).click();
      people.push(each);
    }
    const [{ page: one }, { page: other }] = people;
    await one.locator('summary', { hasText: '避難行動要支援者名簿を取り込む' }).click();
    const text = '氏名,フリガナ,生年月日,住所,町内会,電話番号,要介護度,支援者氏名,支援者電話番号\n見本 イチ,ミホン イチ,昭和10年4月1日,八戸市市川町1-1,市川一,0178-00-0000,要介護3,見本 太郎,090-0000-0000\n見本 ニイ,ミホン ニイ,昭和100年,八戸市市川町1-2,市川一,0178-00-0001,,,\n,,S10.1.1,八戸市市川町1-3,,,,,\n';
    await one.locator('input[type=file]').setInputFiles({ name: '名簿.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await one.getByRole('button', { name: '内容を確認する' }).click();
    await one.locator('[data-count=aside]', { hasText: '1' }).waitFor();
    await one.locator('summary', { hasText: '取り込めない行: 1件' }).click();
    await one.getByText('氏名がありません').waitFor();
    await look(one, 'list-preview');
    await one.getByRole('button', { name: '2人の名簿を取り込む' }).click();
    await one.getByText('2人の名簿を取り込みました').waitFor();
    const card = (page, name) => page.locator('li.card', { has: page.getByRole('heading', { name }) });
    await card(one, '見本 イチ').getByRole('button', { name: /自分が担当する/ }).click();
    await card(one, '見本 イチ').getByText('自分が担当中').waitFor();
    // The other one still has the list of before: the server says that somebody was quicker, and the list is read anew.
    await other.getByRole('button', { name: '表示する', exact: true }).click();
    await card(other, '見本 イチ').getByText('ほかの職員が担当中').waitFor();
    await card(other, '見本 ニイ').getByRole('button', { name: /自分が担当する/ }).click();
    await card(other, '見本 ニイ').getByText('自分が担当中').waitFor();
    await card(one, '見本 ニイ').getByRole('button', { name: /自分が担当する/ }).click();
    await card(one, '見本 ニイ').getByText('ほかの職員が担当中').waitFor();
    await look(one, 'left-behind');
    const mine = card(one, '見本 イチ');
    await mine.getByLabel('確認の結果').selectOption('safe');
    await mine.getByRole('button', { name: '結果を記録する' }).click();
    await mine.waitFor({ state: 'detached' });
    await other.getByRole('button', { name: '表示する', exact: true }).click();
    await card(other, '見本 イチ').waitFor({ state: 'detached' });
    for (const each of people) {
      // Somebody was quicker: 409 is what the browser reports of it.
      assert.deepEqual(each.problems.filter((problem) => !problem.includes('left-behind/work')), []);
      await each.close();
    }
  },

  async 'headquarters see every shelter, and the office says how long records are kept'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { viewport: DESK });
    await signIn(page, '八戸市 避難所受付');
    await page.getByRole('link', { name: '避難所の状況' }).click();
    await page.locator('tbody button').first().click();
    await page.getByRole('heading', { name: '配慮が必要な人' }).waitFor();
    await look(page, 'boards');
    await page.getByRole('link', { name: '記録の保存期間' }).click();
    await page.getByText('まだ決めていないため').waitFor();
    await page.getByLabel('災害の終了後に残す日数').fill('１０９５');
    await page.getByRole('button', { name: 'この日数にする' }).click();
    await page.getByText('1095日に決めました').waitFor();
    await look(page, 'retention');
    assert.deepEqual(problems, []);
    await close();
  },
};
