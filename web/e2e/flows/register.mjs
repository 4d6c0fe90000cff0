/** The clerk: a spreadsheet becomes the public map and is taken back; two rows become one place; a shelter opens and fills. */
import assert from 'node:assert/strict';
import { axe, DESK, open, overflow, shot } from '../browser.mjs';
import { signIn } from './people.mjs';

/** A list as a town keeps it: title row, its own headers, a position with its columns swapped, one without any, a formula. */
const LIST = `避難所一覧（令和8年4月1日現在）,,,,,,
名称,フリガナ,住所,緯度,経度,想定収容人数,鍵の場所
試験第一集会所,シケンダイイチシュウカイジョ,八戸市試験町1-1,40.52,141.48,120,役場
試験第二集会所,シケンダイニシュウカイジョ,八戸市試験町2-2,141.49,40.53,80,会長宅
試験第三集会所,シケンダイサンシュウカイジョ,八戸市試験町3-3,,,60,=HYPERLINK("http://example.invalid")
`;
const json = async (origin, path) => (await fetch(`${origin}${path}`)).json();
const named = (document, name) => document.facilities.filter((facility) => facility.name === name);

async function hand(page, name, text) {
  await page.goto('/office/places');
  await page.getByLabel('ファイル', { exact: true }).setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.locator('form').getByLabel('市町村').selectOption('02203');
  await page.locator('form').getByLabel('種別').selectOption('shelter');
  await page.getByRole('button', { name: '読み取って差分を見る' }).click();
  await page.getByRole('heading', { level: 1, name }).last().waitFor();
}

export const register = {
  async 'a clerk hands in a list, sees what changes, applies it, residents find it, and it is taken back'({ browser, origin }) {
    const clerk = await open(browser, origin, { viewport: DESK });
    const { page } = clerk;
    await signIn(page, '八戸市 避難所担当');
    await hand(page, '試験_指定避難所.csv', LIST);
    await page.getByText('確認待ち').waitFor();
    await page.getByRole('cell', { name: '試験第一集会所' }).waitFor();
    assert.equal(named(await json(origin, '/public/places/02203.json'), '試験第一集会所').length, 0, 'a preview changes nothing');
    await page.getByText('鍵の場所').first().waitFor();
    await shot(page, 'office-place-source');
    assert.deepEqual(await axe(page), []);
    assert.ok((await overflow(page)) <= 0);
    const repairs = page.getByRole('checkbox', { name: /補正の案/ });
    if (await repairs.count()) await repairs.check();
    await page.getByRole('button', { name: '台帳に反映する' }).click();
    await page.getByText('反映しました', { exact: true }).waitFor();
    const resident = await open(browser, origin, { settings: { area: '02203' } });
    await resident.page.goto('/places?q=しけんだいいち');
    await resident.page.getByRole('heading', { name: '試験第一集会所' }).first().waitFor();
    const after = await json(origin, '/public/places/02203.json');
    assert.ok(Math.abs(named(after, '試験第二集会所')[0].lat - 40.53) < 1e-6, 'the accepted repair');
    assert.ok(!JSON.stringify(after).includes('会長宅'), 'a column nobody knows stays in the office');
    await hand(page, '試験_指定避難所.csv', LIST);
    await page.getByRole('button', { name: 'この取り込みを取り消す' }).click();
    await page.getByText('取り消し済み').first().waitFor();
    assert.equal(named(await json(origin, '/public/places/02203.json'), '試験第一集会所').length, 0, 'undone in one step');
    assert.deepEqual(clerk.problems, []);
    await clerk.close();
    await resident.close();
  },

  async 'a file that cannot be read says why, and is kept'({ browser, origin }) {
    const { page, close } = await open(browser, origin);
    await signIn(page, '八戸市 避難所担当');
    await page.goto('/office/places');
    await page.getByLabel('ファイル', { exact: true }).setInputFiles({ name: 'こわれた.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('PK\u0003\u0004 broken') });
    await page.getByRole('button', { name: '読み取って差分を見る' }).click();
    await page.getByText('読み取れません').first().waitFor();
    await shot(page, 'office-place-refused');
    assert.deepEqual(await axe(page), []);
    await close();
  },

  async 'two rows that mean one place are joined by a person, and parted again'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin);
    await signIn(page, '八戸市 避難所担当');
    await page.goto('/office/places/matches');
    const pair = page.locator('li.card').first();
    await pair.waitFor();
    await shot(page, 'office-matches');
    assert.deepEqual(await axe(page), []);
    assert.ok((await overflow(page)) <= 0);
    await pair.getByRole('button', { name: /^同じ施設/ }).click();
    await page.getByText('同じ施設としてまとめました').waitFor();
    await page.getByText('決めた組').click();
    await page.getByRole('button', { name: /^取り消す/ }).first().click();
    await page.locator('li.card').first().waitFor();
    assert.deepEqual(problems, []);
    await close();
  },

  async 'a shelter opens in a drill, people are counted, it fills and names another; residents see each step'({ browser, origin }) {
    const staff = await open(browser, origin, { viewport: DESK });
    const { page } = staff;
    await signIn(page, '八戸市 避難所担当');
    await page.goto('/office/shelters');
    const closed = page.locator('li.card', { hasText: '開設していません' }).first();
    await closed.waitFor();
    const name = await closed.locator('h3').innerText();
    const line = page.locator('li.card', { has: page.locator('h3', { hasText: name }) }).first();
    await shot(page, 'office-shelters');
    assert.deepEqual(await axe(page), []);
    await line.getByRole('button', { name: /^開設する/ }).click();
    await line.getByLabel('理由').fill('津波警報の発表');
    await line.getByRole('button', { name: '開設する', exact: true }).click();
    const here = page.locator('li.card', { has: page.locator('h3', { hasText: name }) }).first();
    await here.getByText('開設中').waitFor();
    await here.getByRole('button', { name: /^人数を入れる/ }).click();
    await here.getByLabel('人数', { exact: true }).fill('１２０');
    await here.getByRole('button', { name: 'この人数で報告する' }).click();
    await here.getByText('120人').waitFor();
    const shown = (await json(origin, '/public/drill/shelters/02203.json')).openings.find((opening) => opening.name === name);
    assert.equal(shown.state, 'open');
    assert.equal(shown.persons, 120);
    assert.ok(!JSON.stringify(await json(origin, '/public/shelters/02203.json')).includes(name), 'a drill never reaches the live document');
    assert.deepEqual(staff.problems, []);
    await staff.close();
  },
};
