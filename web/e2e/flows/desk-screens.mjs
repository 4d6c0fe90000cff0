/** Every screen of the desk at every width, and the checkpoint, requests and notes. */
import assert from 'node:assert/strict';
import { axe, DESK, open, overflow, shot } from '../browser.mjs';
import { expected, reached, saved, sit, tab } from './desk.mjs';

const WIDTHS = [{ width: 320, height: 640 }, { width: 390, height: 844 }, DESK];

export const deskScreens = {
  async 'every screen of the desk, at every width'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { viewport: DESK });
    await sit(page);
    // As a hand types: quicker than this is a scanner.
    await page.keyboard.press('4');
    await page.waitForTimeout(120);
    await page.keyboard.press('Enter');
    await saved(page).waitFor();
    const findings = [];
    const look = async (name) => {
      for (const size of WIDTHS) {
        await page.setViewportSize(size);
        await page.waitForTimeout(300);
        const out = await overflow(page);
        findings.push(...(await axe(page)).map((each) => `${name} ${size.width}: ${each}`), ...(out > 0 ? [`${name} ${size.width}: ${out} px stick out`] : []));
        await shot(page, `desk-${name}`);
      }
      await page.setViewportSize(DESK);
    };
    await look('main');
    await saved(page).getByRole('button', { name: /名前なし/ }).click();
    await page.getByRole('button', { name: 'ほかの避難所へ', exact: true }).click();
    await look('household');
    await page.getByRole('button', { name: '閉じる' }).click();
    await page.keyboard.press('F2');
    await page.locator('form details summary').first().click();
    await look('walkin');
    for (const [name, word] of [['list', '避難者一覧'], ['handouts', '配布'], ['requests', '物資・要望'], ['notes', '体調・引継ぎ'], ['board', '掲示用の数字'], ['sync', '送信の状況']]) {
      await tab(page, word);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(600);
      await look(name);
    }
    assert.deepEqual([...findings, ...problems.filter((problem) => !expected(problem))], []);
    await close();
  },

  async 'meals are handed out at a checkpoint, requests and notes are kept'({ browser, origin }) {
    const { page, close } = await open(browser, origin, { viewport: DESK });
    await sit(page);
    await page.keyboard.type('6');
    await page.keyboard.press('Enter');
    const number = (await saved(page).getByText(/受付番号/).first().innerText()).replace('受付番号 ', '');
    await reached(page, 'centre');
    await tab(page, '配布');
    await page.getByLabel('名前', { exact: true }).fill('朝食');
    await page.getByRole('button', { name: '作る' }).click();
    await page.getByRole('button', { name: /^朝食/ }).click();
    for (const before of [false, true]) {
      await page.locator('#scan').fill(number);
      await page.locator('#scan').press('Enter');
      const give = page.getByRole('button', { name: '渡した' });
      await give.waitFor();
      assert.equal(await page.getByText('すでに1回受け取っています').count(), before ? 1 : 0);
      await give.click();
      await page.locator('#main').getByText('朝食 6 を渡しました').waitFor();
    }
    await tab(page, '物資・要望');
    await page.getByLabel('毛布（枚）').fill('20');
    await page.getByLabel('そのほか（品名と数）').fill('単三電池 10');
    await page.getByRole('button', { name: 'この内容で要求する' }).click();
    await page.locator('strong', { hasText: '毛布（枚） 20、単三電池 10' }).waitFor();
    await tab(page, '体調・引継ぎ');
    await page.getByLabel('次の担当に伝えること').fill('夜は裏口を閉める');
    await page.getByRole('button', { name: '保存する', exact: true }).click();
    await page.locator('section p', { hasText: '夜は裏口を閉める' }).waitFor();
    await reached(page, 'centre');
    await close();
  },
};
