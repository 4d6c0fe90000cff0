/** Notices: a resident subscribes, a tsunami comes and ends, staff write with two people, the ledger adds up. */
import assert from 'node:assert/strict';
import { axe, DESK, open, overflow, shot } from '../browser.mjs';
import { pushService } from '../push.mjs';
import { signIn } from './people.mjs';

const LATE_MS = 60_000;
const FIRST = '八戸市 避難情報担当 A';
const SECOND = '八戸市 避難情報担当 B';

export const notices = {
  async 'a resident subscribes in three taps, a tsunami comes once for each turn, and the ledger adds up'({ browser, origin }) {
    const service = await pushService();
    const phone = await resident(browser, origin, service, 'phone');
    await tested(phone.page);
    await replayed(browser, origin);
    await service.until('phone', /津波注意報 解除/);
    const all = service.titles('phone').filter((title) => title.includes('津波'));
    // Alone, this story begins while the demo's own exercise runs.
    const titles = all.slice(all.lastIndexOf('【訓練】津波警報 発表'));
    assert.deepEqual(titles, ['【訓練】津波警報 発表', '【訓練】津波注意報に切り替え（津波警報から）', '【訓練】津波注意報 解除']);
    const shown = await phone.page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(({ title, body }) => `${title} ${body}`));
    assert.ok(shown.some((text) => text.startsWith('【訓練】津波注意報 解除') && text.includes('八戸市')), shown.join(' / '));
    await phone.page.getByRole('link', { name: '【訓練】津波警報 発表' }).first().waitFor();
    await shot(phone.page, 'notices-history');
    await readOffline(phone);
    await ledgerOf(browser, origin, '【訓練】津波警報 発表');
    await leave(phone.page);
    assert.deepEqual(phone.problems.filter(unexpected), []);
    await phone.close();
    await service.stop();
  },

  async 'one person alone sends nothing; a second one does, and a cancellation follows the same way'({ browser, origin }) {
    const service = await pushService();
    const phone = await resident(browser, origin, service, 'second');
    const writer = await open(browser, origin);
    await signIn(writer.page, FIRST);
    const id = await written(writer.page);
    assert.equal(await writer.page.getByRole('heading', { name: '承認する' }).count(), 0, 'the writer cannot release');
    const alone = await writer.page.request.post(`/api/notices/${id}/release`, { data: { command: id, restated: { mode: 'drill', municipalities: ['02203'], devices: 1 } }, headers: { 'sec-fetch-site': 'same-origin' } });
    assert.equal((await alone.json()).code, 'second-person-needed');
    const second = await open(browser, origin, { viewport: DESK });
    await signIn(second.page, SECOND);
    await second.page.getByRole('link', { name: 'お知らせの発信' }).click();
    await second.page.locator(`a[href="/office/notices/${id}"]`).click();
    await released(second.page);
    const { message } = await service.until('second', /断水のお知らせ/);
    assert.equal(message.title, '【訓練】断水のお知らせ');
    assert.equal(message.body, '【訓練】市川地区で断水しています。復旧の見込み：17時');
    await addsUp(second.page, 1);
    await shot(second.page, 'office-notice-ledger');
    await second.page.getByRole('button', { name: '取り消す' }).click();
    await second.page.getByRole('button', { name: '取消を送信する' }).click();
    await second.page.getByRole('status').getByText('取消済み').waitFor();
    await service.until('second', /^【訓練】取消：断水のお知らせ/);
    await leave(phone.page);
    for (const each of [phone, writer, second]) {
      assert.deepEqual(each.problems.filter(unexpected), []);
      await each.close();
    }
    await service.stop();
  },
};

/** The refused release and the time without a network are what the tests wanted. */
const unexpected = (problem) => !/409|ERR_INTERNET_DISCONNECTED|ERR_FAILED/.test(problem);

async function resident(browser, origin, service, name) {
  const phone = await open(browser, origin, { settings: { area: '02203' } });
  await service.browser(phone.context, phone.page, origin, name);
  await phone.page.goto('/');
  await phone.page.getByRole('link', { name: '通知を受け取る' }).click();
  await phone.page.getByText('名前や電話番号は要りません').waitFor();
  assert.deepEqual(await axe(phone.page), []);
  await shot(phone.page, 'notices-why');
  await phone.page.getByRole('button', { name: '通知を受け取る' }).click();
  await phone.page.getByText('通知を受け取っています：八戸市').waitFor();
  assert.deepEqual(await axe(phone.page), []);
  assert.equal(await overflow(phone.page), 0);
  await shot(phone.page, 'notices-on');
  return phone;
}

async function tested(page) {
  await page.getByRole('button', { name: '確認の通知を送る' }).click();
  await page.getByText('届きました', { exact: true }).waitFor();
  await page.getByLabel('地震').selectOption({ label: '震度5弱から' });
  await page.getByRole('button', { name: '保存する' }).click();
  await page.getByText('保存しました').waitFor();
}

/** The whole exercise at a thousand times its speed. */
async function replayed(browser, origin) {
  const desk = await open(browser, origin);
  await signIn(desk.page, '県 災害対策本部');
  await desk.page.goto('/office/replay');
  await desk.page.getByRole('heading', { level: 1 }).waitFor();
  const stop = desk.page.getByRole('button', { name: '再生を止める' });
  await desk.page.getByRole('progressbar').waitFor();
  if (await stop.isVisible()) await stop.click();
  await desk.page.getByLabel('1000倍').check();
  // An exercise before this one may have left 終わりました on the page: the beginning has to be heard, too.
  const begun = desk.page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.ok());
  await desk.page.getByRole('button', { name: '訓練を始める' }).click();
  await begun;
  await desk.page.getByText('終わりました').waitFor({ timeout: LATE_MS });
  await desk.close();
}

async function readOffline({ context, page }) {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await context.setOffline(true);
  await page.getByRole('link', { name: '【訓練】津波警報 発表' }).first().click();
  await page.getByRole('heading', { level: 2, name: '【訓練】津波警報 発表' }).waitFor();
  await page.reload();
  await page.getByText('ただちに海や川から離れ').waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, 'notices-view-offline');
  await context.setOffline(false);
  await page.getByRole('link', { name: '通知の画面へ戻る' }).click();
}

async function ledgerOf(browser, origin, title) {
  const desk = await open(browser, origin, { viewport: DESK });
  await signIn(desk.page, FIRST);
  await desk.page.goto('/office/notices');
  await desk.page.getByRole('link', { name: title }).first().click();
  await addsUp(desk.page, 1);
  await shot(desk.page, 'office-notice-automatic');
  assert.deepEqual(await axe(desk.page), []);
  await desk.close();
}

/** At least so many were shown, and the states add up. */
async function addsUp(page, least) {
  const cell = (state) => page.locator(`td[data-state="${state}"]`);
  await page.waitForFunction((least) => Number(document.querySelector('td[data-state="shown"]')?.textContent) >= least, least);
  const states = ['queued', 'sealed', 'accepted', 'shown', 'expired', 'gone', 'failed', 'stopped'];
  const numbers = await Promise.all(states.map(async (state) => Number(await cell(state).innerText())));
  assert.equal(numbers.reduce((sum, n) => sum + n, 0), Number(await cell('matched').innerText()), numbers.join(' '));
}

async function written(page) {
  await page.getByRole('link', { name: 'お知らせの発信' }).click();
  await page.getByRole('link', { name: 'お知らせを作成する' }).click();
  const next = page.getByRole('button', { name: '次へ' });
  await page.getByRole('radio', { name: /断水のお知らせ/ }).check();
  await shot(page, 'office-notice-what');
  await next.click();
  for (const [field, words] of Object.entries({ place: ['市川地区', '市川（いちかわ）', 'Ichikawa'], until: ['17時', '17時', '17:00'] })) {
    for (const [at, language] of ['ja', 'easy', 'en'].entries()) await page.locator(`#${field}-${language}`).fill(words[at]);
  }
  assert.deepEqual(await axe(page), []);
  await next.click();
  await page.getByRole('heading', { name: 'どこの人に送りますか' }).waitFor();
  await next.click();
  await page.getByText('【訓練】訓練に参加している端末だけに届きます。').waitFor();
  assert.match(await page.locator('main').innerText(), /\d+台/);
  assert.equal(await page.locator('figure').getByText('【訓練】').count(), 6, 'the preview says what will come: title and text, three languages');
  assert.deepEqual(await axe(page), []);
  await shot(page, 'office-notice-check');
  await page.getByRole('button', { name: '承認を求める' }).click();
  await page.getByText('別の職員の承認を待っています').waitFor();
  return new URL(page.url()).pathname.split('/').at(-1);
}

async function released(page) {
  const release = page.getByRole('button', { name: '訓練として送信する' });
  await page.getByLabel('訓練ですか、本番ですか').selectOption('drill');
  await page.getByRole('checkbox', { name: '八戸市' }).check();
  await page.getByLabel('届く端末は何台ですか').fill('99999');
  await page.getByText('作成された内容と違います').waitFor();
  assert.equal(await release.isDisabled(), true);
  const count = /(\d+)台/.exec(await page.locator('dl').innerText())?.[1] ?? '';
  await page.getByLabel('届く端末は何台ですか').fill(count);
  assert.deepEqual(await axe(page), []);
  await shot(page, 'office-notice-release');
  await release.click();
  await page.getByRole('table').waitFor();
}

async function leave(page) {
  await page.goto('/notices');
  await page.getByRole('button', { name: 'すべての通知をやめる' }).click();
  await page.getByRole('button', { name: 'すべてやめて登録を消す' }).click();
  await page.getByRole('button', { name: '通知を受け取る' }).waitFor();
}
