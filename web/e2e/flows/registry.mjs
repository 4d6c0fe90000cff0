/** A clerk brings a programme in and publishes it; a mother finds it; a family whose house is 半壊 sees its relief. */
import assert from 'node:assert/strict';
import { axe, DESK, open, overflow, shot } from '../browser.mjs';
import { signIn } from './people.mjs';

const CLERK = '八戸市 子育て支援担当';
const NAME = 'みほん絵本の贈り物';
const FILE = JSON.stringify([
  {
    institutionName: { canonicalName: NAME },
    summary: '赤ちゃんに絵本をお渡しします。',
    target: { targetPersons: '2歳未満の子', lessThan: { targetAge: 2, targetAgeOfMonths: null } },
    procedurePeriod: { fromYMD: '随時', conditions: null },
    belongings: '母子健康手帳',
    procedureCounter: 'こども家庭センター',
    contact: { contactPhone: '0178-00-0001,0178-00-0002' },
    area: { areaCode: '022039;八戸市' },
    regulation: { regulationName: '八戸市絵本事業実施要綱', regulationArticle: '第2条' },
    tag: { categoryCode: ['003 '], targetCode: ['87'], contentsCode: [] },
  },
  { summary: '名前のない行' },
]);

const clean = async (page, problems) => assert.deepEqual([...(await axe(page)), ...problems], []);
const next = (page) => page.getByRole('button', { name: '次へ', exact: true }).click();
const pass = (page) => page.getByRole('button', { name: '分からない・答えない' }).click();
const question = (page) => page.locator('main h2').first().innerText();

/** Answers what comes until the results are there: by words of the question, else passed over. */
async function answer(page, answers) {
  for (let n = 0; n < 60; n += 1) {
    await page.waitForFunction(() => location.pathname === '/support/results' || document.querySelector('main form'));
    if (new URL(page.url()).pathname === '/support/results') return;
    const asked = await question(page);
    const found = answers.find(([words]) => asked.includes(words));
    if (!found) await pass(page);
    else await found[1](page);
    await page.waitForFunction((before) => location.pathname === '/support/results' || document.querySelector('main h2')?.innerText !== before, asked).catch(() => undefined);
  }
  throw new Error('the questions do not end');
}
const choose = (label) => async (page) => {
  await page.getByRole('radio', { name: label, exact: true }).check();
  await next(page);
};
const type = (text) => async (page) => {
  await page.locator('main form input').fill(text);
  await next(page);
};

export const registry = {
  async 'a clerk takes a list in, corrects it, adds a condition, sees the cases pass, and publishes'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { viewport: DESK });
    await signIn(page, CLERK);
    await page.getByRole('link', { name: '支援制度', exact: true }).click();
    await page.getByRole('heading', { name: '一覧を取り込む' }).waitFor();
    await clean(page, problems);
    await page.setInputFiles('#file', { name: '制度.json', mimeType: 'application/json', buffer: Buffer.from(FILE) });
    await page.getByRole('button', { name: '変更を確かめる' }).click();
    await page.getByText('制度の名前がありません。').waitFor();
    await page.getByText('二つ以上の値があったので', { exact: false }).waitFor();
    await shot(page, 'programmes-import');
    await clean(page, problems);
    await page.getByRole('button', { name: '適用する' }).click();
    await page.getByText('下書きを作りました。').waitFor();
    await page.getByRole('link', { name: '支援制度の一覧へ' }).click();
    await page.getByRole('link', { name: NAME }).click();
    await page.getByText('検証事例 2件のうち 2件が期待どおり').waitFor();
    await page.getByLabel('必要なもの').fill('母子健康手帳、身分証');
    await page.getByLabel('必要なもの').blur();
    const someone = page.locator('div', { has: page.getByText('こういう人がいる', { exact: true }) }).last();
    await someone.locator('select').last().selectOption('test');
    await someone.getByRole('button', { name: '加える' }).last().click();
    const added = page.getByLabel('項目').last();
    await page.getByLabel('根拠の文').last().fill('八戸市で育てられている子');
    assert.ok((await added.count()) > 0);
    await page.getByRole('button', { name: '試す' }).click();
    await page.getByText('根拠の文と法令・要綱の名前を書いてください。').waitFor();
    await shot(page, 'programmes-fault');
    await page.locator('label', { hasText: '根拠' }).locator('input').last().fill('八戸市絵本事業実施要綱 第3条');
    await page.getByLabel('項目').last().selectOption('in_facility');
    await page.locator('label', { hasText: /^値/ }).last().locator('select').selectOption('false');
    await page.getByRole('button', { name: '試す' }).click();
    await page.getByText('検証事例 2件のうち 1件が期待どおり').waitFor();
    // The case of the youngest child must now say that the child is in no institution.
    const first = page.locator('li', { has: page.getByLabel('事例の名前') }).first();
    await first.getByLabel('答えを加える').last().selectOption('in_facility');
    await first.locator('label', { hasText: '施設への入所' }).locator('select').selectOption('false');
    await page.getByRole('button', { name: '試す' }).click();
    await page.getByText('検証事例 2件のうち 2件が期待どおり').waitFor();
    await page.getByRole('button', { name: '下書きに保存' }).click();
    await page.getByRole('button', { name: '確認済みにする' }).click();
    await page.getByRole('button', { name: '公開に進む' }).click();
    await shot(page, 'programmes-publish');
    await clean(page, problems);
    await page.getByRole('button', { name: '公開する', exact: true }).click();
    await page.getByText('公開中').waitFor();
    assert.ok((await overflow(page)) <= 0);
    await close();
  },

  async 'a mother finds it on her phone with reason and deadline, and nothing is sent'({ browser, origin }) {
    const { context, page, problems, close } = await open(browser, origin, { settings: { area: '02203' } });
    const sent = [];
    context.on('request', (request) => request.method() !== 'GET' && sent.push(`${request.method()} ${request.url()}`));
    await page.goto('/support');
    await page.getByRole('button', { name: '子育ての支援' }).click();
    await page.getByRole('heading', { name: 'お子さんはいますか' }).waitFor();
    await shot(page, 'support-people');
    await clean(page, problems);
    const year = new Date().getFullYear();
    await page.getByLabel('元号').selectOption('western');
    await page.getByLabel('年', { exact: true }).fill(String(year - 1));
    await page.getByLabel('月', { exact: true }).fill('12');
    await page.getByLabel('日', { exact: true }).fill('1');
    await page.getByRole('button', { name: 'これで全員' }).click();
    await answer(page, [
      ['この子を育て', choose('はい')],
      ['施設などに入所', choose('いいえ')],
      ['ひとり親の家庭', choose('いいえ')],
      ['妊娠している方', choose('いいえ')],
      ['どこに通って', choose('どこにも通っていない')],
    ]);
    const certain = page.locator('section[aria-labelledby="certain"]');
    const card = certain.locator('article', { hasText: NAME });
    await card.waitFor();
    await card.getByText('随時').waitFor();
    await card.getByText('母子健康手帳、身分証').waitFor();
    await card.getByText('なぜ').click();
    await card.getByText('八戸市絵本事業実施要綱 第3条').waitFor();
    await certain.locator('article', { hasText: '児童手当' }).getByText('15,000円', { exact: true }).waitFor();
    await shot(page, 'support-results');
    await clean(page, problems);
    assert.deepEqual(sent, []);
    assert.ok((await overflow(page)) <= 0);
    await page.getByRole('button', { name: '答えを消す' }).click();
    assert.equal(await page.evaluate(() => JSON.parse(sessionStorage.getItem('mamori.support')).profile.people.length), 0);
    await close();
  },

  async 'a family whose house is half destroyed sees its relief'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { settings: { area: '02203' } });
    await page.goto('/support');
    await page.getByRole('button', { name: '災害にあったときの支援' }).click();
    await page.locator('main form').waitFor();
    await answer(page, [
      ['被害の程度', choose('半壊')],
      ['世帯は全部で', type('3')],
      ['お住まいの市町村に、この災害で災害救助法', choose('はい')],
      ['県内のどこかの市町村に災害救助法', choose('はい')],
      ['被災者生活再建支援法の対象', choose('はい')],
      ['総所得金額', type('350万')],
      ['世帯主が負傷', choose('いいえ')],
      ['家財のおおむね', choose('いいえ')],
      ['全体が滅失', choose('いいえ')],
      ['生計を主に支えていた方が亡く', choose('いいえ')],
    ]);
    const loan = page.locator('section[aria-labelledby="certain"] article', { hasText: '災害援護資金' });
    await loan.getByText('1,500,000円〜2,700,000円', { exact: true }).waitFor();
    await page.locator('section[aria-labelledby="check"] article', { hasText: '住宅の応急修理' }).waitFor();
    await page.getByText('今の答えでは対象にならない支援').click();
    await page.locator('details li', { hasText: '被災者生活再建支援金' }).waitFor();
    await shot(page, 'support-disaster');
    await clean(page, problems);
    await close();
  },
};
