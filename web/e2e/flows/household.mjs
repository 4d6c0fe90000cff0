/** A family registers itself, shows its code without a network, prints its card, and deletes everything. */
import assert from 'node:assert/strict';
import { axe, open, overflow, shot } from '../browser.mjs';
import { deviceKey, onDisk, parts, scanned } from '../code.mjs';
import { FAMILY, fill, next, remark } from '../family.mjs';

const HACHINOHE = { settings: { area: '02203' } };
const NARROW = { width: 320, height: 640 };
const WIDTHS = [NARROW, { width: 390, height: 844 }, { width: 1280, height: 900 }];
/** Asked while it is not known whether the phone has registered anything. */
const expected = (problem) => problem.includes('/api/households/mine');

async function ready(page) {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** axe and nothing sticking out, at every width; a picture of each. */
async function look(page, name, findings) {
  const before = page.viewportSize();
  for (const size of WIDTHS) {
    await page.setViewportSize(size);
    const out = await overflow(page);
    findings.push(...(await axe(page)).map((each) => `${name} ${size.width}: ${each}`), ...(out > 0 ? [`${name} ${size.width}: ${out} px stick out`] : []));
    await shot(page, `me-${name}`);
  }
  await page.setViewportSize(before);
}

const mine = (page) => page.evaluate(async () => (await fetch('/api/households/mine')).json());

export const household = {
  async 'a family of four registers on a phone, step by step, and it reaches the prefecture'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, HACHINOHE);
    const findings = [];
    await fill(page, FAMILY, (name) => look(page, name, findings));
    await look(page, 'review', findings);
    assert.equal((await page.request.get('/api/identity/me').then((answer) => answer.json())).kind, 'anonymous', 'nothing went anywhere before “register”');
    await page.getByRole('button', { name: '登録する' }).click();
    await page.getByText('県に到達').waitFor();
    await look(page, 'home', findings);
    const { household: family, revision } = await mine(page);
    assert.equal(revision, 1);
    assert.deepEqual(family.persons.map(({ name, birth }) => [name, birth]), [['八戸 一郎', '1988-04-01'], ['八戸 花子', '1992-02-29'], ['八戸 幸子', '1950-01-05'], ['八戸 健太', '2025-05-05']]);
    assert.deepEqual(family.persons[2].needs, { care: 'care3', mobility: 'wheelchair' });
    assert.deepEqual([family.postcode, family.mobile, family.preferred.length, 'dialysis' in (family.persons[0].needs ?? {})], ['0318686', '09000000000', 1, false]);
    const consents = await page.evaluate(async () => (await fetch('/api/households/mine/consents')).json());
    assert.deepEqual(consents.given.map(({ what, given }) => [what, given]), [['desk', true], ['safety', false]]);
    for (const path of ['qr', 'card', 'tokens', 'consents', 'family', 'looked', 'data']) {
      await page.goto(`/me/${path}`);
      await page.waitForTimeout(1_000);
      await look(page, path, findings);
    }
    assert.deepEqual([...findings, ...problems.filter((problem) => !expected(problem))], []);
    await close();
  },

  async 'without a network the family is still there, and its code is read by an independent reader'({ browser, origin }) {
    const { context, page, close } = await open(browser, origin, { ...HACHINOHE, deviceScaleFactor: 3 });
    await fill(page, FAMILY);
    await page.getByRole('button', { name: '登録する' }).click();
    await page.getByText('県に到達').waitFor();
    await ready(page);
    const { subject } = await mine(page);
    const key = await page.evaluate(async () => (await fetch('/api/households/keys/02203/desk')).json());
    await page.waitForFunction(async () => (await (await fetch('/api/households/mine/tokens')).json()).length === 1);
    await page.goto('/me/qr');
    await page.getByRole('img', { name: /4人分/ }).waitFor();
    await context.setOffline(true);
    await page.goto('/me');
    await page.getByRole('heading', { name: '登録した内容' }).waitFor();
    await page.getByText('八戸 健太').first().waitFor();
    await page.getByRole('link', { name: '受付のQRコードを見せる' }).click();
    const version = await page.getByRole('img', { name: /4人分/ }).getAttribute('data-version');
    assert.ok(Number(version) <= 20, `version ${version}`);
    const code = parts(await scanned(page));
    assert.deepEqual([code.version, code.subject, code.kid], [1, subject, key.kid]);
    assert.ok(Math.abs(code.minute - Date.now() / 60_000) < 3);
    const signer = await page.evaluate(deviceKey);
    const raw = await crypto.subtle.importKey('raw', Buffer.from(signer, 'base64url'), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
    assert.ok(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, raw, code.signature, code.signed), 'signed by this phone');
    await shot(page, 'me-qr-offline');
    // A change without a network waits on the phone, and goes by itself.
    await remark(page, '犬は大きい声が苦手です');
    await page.getByText('通信できるようになったら、自動で送ります。').waitFor();
    await context.setOffline(false);
    await page.getByText('県に到達').waitFor({ timeout: 30_000 });
    assert.equal((await mine(page)).household.remarks, '犬は大きい声が苦手です');
    assert.ok(!(await onDisk(page)).includes('八戸'), 'no name stands readable in the browser’s database');
    await close();
  },

  async 'two phones of one family: an invitation, a conflict settled by the family, and the phones listed'({ browser, origin }) {
    const first = await open(browser, origin, HACHINOHE);
    await fill(first.page, FAMILY.slice(0, 2));
    await first.page.getByRole('button', { name: '登録する' }).click();
    await first.page.getByText('県に到達').waitFor();
    await first.page.goto('/me/family');
    await first.page.getByRole('button', { name: '招待コードを作る' }).click();
    const code = await first.page.getByTestId('invite').innerText();
    const second = await open(browser, origin, HACHINOHE);
    await second.page.goto('/me/family');
    await second.page.getByRole('textbox', { name: '招待コード' }).fill(code.toLowerCase());
    await second.page.getByRole('button', { name: '参加する' }).click();
    await second.page.getByText('八戸 花子').first().waitFor();
    await first.page.reload();
    await first.page.getByRole('button', { name: /管理者にする/ }).click();
    await first.page.getByRole('button', { name: /管理者から外す/ }).waitFor();
    await second.page.reload();
    await remark(second.page, '二台目から');
    await second.page.getByText('県に到達').waitFor();
    // The first phone does not hear of it before it writes.
    const deaf = (route) => (route.request().method() === 'GET' ? route.abort() : route.continue());
    await first.page.route('**/api/households/mine', deaf);
    await first.page.goto('/me/edit/remarks');
    await first.page.getByLabel(/避難所に伝えておきたいこと/).fill('一台目から');
    await next(first.page);
    await first.page.waitForURL(/consents/);
    await first.page.unroute('**/api/households/mine', deaf);
    await first.page.goto('/me/edit/review');
    await first.page.getByRole('button', { name: '登録する' }).click();
    await first.page.getByRole('link', { name: '2つの内容を見比べる' }).click();
    await first.page.getByText('二台目から').waitFor();
    const findings = [];
    await look(first.page, 'conflict', findings);
    assert.deepEqual(findings, []);
    await first.page.getByRole('button', { name: 'この端末の内容を残す' }).click();
    await first.page.getByText('県に到達').waitFor();
    assert.equal((await mine(first.page)).household.remarks, '一台目から');
    await first.close();
    await second.close();
  },

  async 'a My Number is refused on the page, a lost paper card is made anew, and deleting leaves nothing'({ browser, origin }) {
    const { context, page, close } = await open(browser, origin, HACHINOHE);
    await fill(page, FAMILY.slice(0, 1));
    await page.goto('/me/edit/remarks');
    const sent = [];
    context.on('request', (request) => sent.push(request.postData() ?? ''));
    await page.getByLabel(/避難所に伝えておきたいこと/).fill('番号は１２３４ ５６７８ ９０１８ です');
    await next(page);
    await page.getByRole('alert').getByText('マイナンバー').waitFor();
    assert.ok(!sent.some((each) => /[５5][６6][７7][８8]/.test(each)));
    await page.goto('/me/edit/review');
    await page.getByRole('button', { name: '登録する' }).click();
    await page.getByText('県に到達').waitFor();
    await page.goto('/me/card');
    await page.getByRole('button', { name: '紙のカード用のコードを作る' }).click();
    const paper = await scanned(page);
    assert.match(paper, /^M1:[0-9A-Z*~$=]{27}$/);
    await page.goto('/me/tokens');
    await page.getByRole('button', { name: /なくした・作り直す\s*紙のカード/ }).click();
    await page.getByRole('button', { name: '止めて、新しいコードを作る' }).click();
    await page.getByText('停止済み').waitFor();
    await page.goto('/me/card');
    const again = await scanned(page);
    assert.match(again, /^M1:/);
    assert.notEqual(again, paper);
    await page.goto('/me/data');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'ファイルを保存する' }).click();
    assert.match((await download).suggestedFilename(), /\.json$/);
    await page.getByRole('button', { name: '削除の手続きへ' }).click();
    const go = page.getByRole('button', { name: 'すべて削除する' });
    assert.equal(await go.isDisabled(), true, 'deleting takes two steps');
    await page.getByLabel(/確認のため/).fill('削除');
    await go.click();
    await page.getByRole('heading', { name: '登録しておくと' }).waitFor();
    assert.equal(await page.evaluate(async () => (await fetch('/api/households/mine')).status), 404);
    assert.equal(await onDisk(page), '[]');
    await close();
  },
};
