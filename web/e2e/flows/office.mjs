/** The office: invitation and passkey, orders by two people, sources, the drill switch. */
import assert from 'node:assert/strict';
import { axe, DESK, open, shot } from '../browser.mjs';
import { authenticator, signIn } from './people.mjs';

const NAME = '八戸市 試験担当 C';
let link = '';

export const office = {
  async 'an administrator invites a colleague'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { viewport: DESK });
    await signIn(page, '県 管理者');
    await page.getByRole('link', { name: 'アカウント', exact: true }).click();
    await page.getByLabel('表示名').fill(NAME);
    const form = page.locator('form');
    await form.getByLabel('職務').selectOption('evacuation-orders');
    await form.getByLabel('地域').selectOption('municipality:02203');
    await form.getByRole('button', { name: 'この職務を加える' }).click();
    await form.getByRole('button', { name: '招待リンクを作る' }).click();
    link = await page.getByTestId('invitation-link').innerText();
    assert.match(link, /\/office\/invite\/[\w-]{43}$/);
    await page.getByRole('heading', { level: 3, name: NAME }).waitFor();
    await shot(page, 'office-accounts');
    assert.deepEqual(problems, []);
    await close();
  },

  async 'the invited person makes a passkey, signs out, and signs in with it; the link is dead'({ browser, origin }) {
    const { context, page, problems, close } = await open(browser, origin);
    await authenticator(context, page);
    await page.goto(new URL(link).pathname);
    await page.getByRole('heading', { name: `${NAME}さんへの招待` }).waitFor();
    assert.deepEqual(await axe(page), []);
    await shot(page, 'office-invite');
    await page.getByRole('button', { name: 'パスキーを作る' }).click();
    await page.getByText(NAME, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'サインアウト', exact: true }).click();
    await page.getByRole('button', { name: 'パスキーでサインイン' }).click();
    await page.getByText(NAME, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'すべての端末でサインアウト' }).click();
    await page.getByRole('button', { name: 'パスキーでサインイン' }).waitFor();
    assert.deepEqual(problems, []);
    await page.goto(new URL(link).pathname);
    await page.getByRole('alert').getByText('この招待リンクは使えません').waitFor();
    await close();
  },

  async 'an order needs two people, and reaches an open page by itself'({ browser, origin }) {
    const resident = await open(browser, origin, { settings: { area: '02203' } });
    await resident.page.goto('/');
    await resident.page.locator('#evacuation').waitFor();
    const first = await open(browser, origin);
    await signIn(first.page, '八戸市 避難情報担当 A');
    await propose(first.page);
    await first.page.getByText('別の職員の承認を待っています').waitFor();
    assert.equal(await first.page.getByRole('heading', { name: '承認する' }).count(), 0, 'the writer cannot release');
    const second = await open(browser, origin, { viewport: DESK });
    await signIn(second.page, '八戸市 避難情報担当 B');
    await second.page.getByRole('link', { name: /市川地区/ }).click();
    await restate(second.page);
    const card = resident.page.locator('section', { has: resident.page.locator('#evacuation') });
    await card.getByText('市川地区、根城地区').waitFor();
    await shot(resident.page, 'home-order');
    await correctAndLift(second.page, card);
    for (const each of [resident, first, second]) {
      assert.deepEqual(each.problems, []);
      await each.close();
    }
  },

  async 'a refused order goes nowhere'({ browser, origin }) {
    const { page, close } = await open(browser, origin);
    await signIn(page, '八戸市 避難情報担当 A');
    await propose(page);
    await page.getByRole('button', { name: '起案を取り下げる' }).click();
    await page.getByRole('status').getByText('却下').waitFor();
    await close();
  },

  async 'telegrams are listed and taken in by hand, damaged ones with their reason'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { viewport: DESK });
    await signIn(page, '県 災害対策本部');
    await page.getByRole('link', { name: '情報源と電文' }).click();
    await page.getByRole('cell', { name: 'VTSE41' }).first().waitFor();
    await page.getByLabel('XMLファイル（gzipも可）').setInputFiles({ name: 'broken.xml', mimeType: 'text/xml', buffer: Buffer.from('<Report><Control>') });
    await page.getByRole('button', { name: '訓練として入れる' }).click();
    await page.getByText(/broken\.xml: 読めなかった/).waitFor();
    await page.getByLabel('結果').selectOption('refused');
    await page.locator('tbody', { hasText: '読めなかった' }).first().waitFor();
    await shot(page, 'office-sources');
    assert.deepEqual(problems, []);
    await close();
  },

  async 'the drill switch changes the frame, the title and where work goes'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin);
    await signIn(page, '八戸市 避難情報担当 A');
    assert.match(await page.title(), /^【訓練】/);
    assert.equal(await page.locator('.drill-frame').count(), 1);
    await page.getByRole('button', { name: '本番', exact: true }).click();
    await page.locator('.drill-frame').waitFor({ state: 'detached' });
    assert.doesNotMatch(await page.title(), /訓練/);
    await page.goto('/office/orders/new');
    await page.getByRole('button', { name: '本番', exact: true }).click();
    await write(page);
    await page.getByText('本番（住民に届きます）').waitFor();
    await shot(page, 'office-order-live');
    await page.getByRole('button', { name: '訓練', exact: true }).click();
    await page.locator('.drill-frame').waitFor();
    assert.deepEqual(problems, []);
    await close();
  },
};

async function propose(page) {
  await page.getByRole('link', { name: '避難情報を起案する' }).click();
  await write(page);
  await page.getByText('【訓練】訓練として出します').waitFor();
  await shot(page, 'office-order-check');
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: '起案する' }).click();
  await page.getByRole('status').getByText('承認待ち').waitFor();
}

async function write(page) {
  const next = page.getByRole('button', { name: '次へ' });
  await page.getByRole('radio', { name: /避難指示/ }).check();
  await next.click();
  await page.getByLabel('一部の地区').check();
  await page.getByLabel('地区の名前').fill('市川地区\n根城地区');
  await next.click();
  await page.getByLabel('発令の理由').fill('津波警報が発表されたため');
  await next.click();
}

async function restate(page) {
  const release = page.getByRole('button', { name: '訓練として発令する' });
  await page.getByLabel('訓練ですか、本番ですか').selectOption('drill');
  await page.getByLabel('どの市町村ですか').selectOption('02203');
  await page.getByLabel('どの警戒レベルですか').selectOption({ label: '警戒レベル5 緊急安全確保' });
  await page.getByText('起案の内容と違います').waitFor();
  assert.equal(await release.isDisabled(), true);
  await page.getByLabel('どの警戒レベルですか').selectOption({ label: '警戒レベル4 避難指示' });
  await shot(page, 'office-order-decide');
  await release.click();
  await page.getByRole('status').getByText('発令中').waitFor();
}

async function correctAndLift(page, card) {
  await page.getByRole('button', { name: '訂正する' }).click();
  const next = page.getByRole('button', { name: '次へ' });
  await next.click();
  await page.getByLabel('地区の名前').fill('市川地区');
  await next.click();
  await next.click();
  await page.getByRole('button', { name: '訂正を出す' }).click();
  await page.getByText('訂正', { exact: true }).waitFor();
  await card.getByText('市川地区', { exact: true }).waitFor();
  await page.getByRole('button', { name: '解除する' }).click();
  await page.getByRole('button', { name: '解除を出す' }).click();
  await page.getByRole('status').getByText('解除').waitFor();
  await card.getByText('市川地区', { exact: true }).waitFor({ state: 'detached' });
}
