/** Every page: no serious finding of axe, nothing sticking out, no error and no refused policy, in three languages. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { axe, DESK, open, overflow, PHONE, shot } from '../browser.mjs';
import { signIn } from './people.mjs';

const PUBLIC = ['/', '/area', '/areas/02201', '/map', '/places', '/places?m=02', '/packs', '/tsunami', '/timeline', '/sources', '/settings', '/notices', '/notices/view', '/me', '/me/edit/persons', '/me/edit/name', '/me/card', '/me/qr', '/me/family', '/support', '/support/ask', '/support/results', 'quake', '/office'];
const OFFICE = ['/office', '/office/orders', '/office/orders/new', '/office/notices', '/office/notices/new', '/office/sources', '/office/replay'];
const ADMINISTRATION = ['/office/accounts'];
const REGISTER = ['/office/places', '/office/places/matches', '/office/places/unplaced', '/office/shelters'];
const PROGRAMMES = ['/office/programmes'];
const NARROW = { width: 320, height: 640 };

/** What a browser reports although nothing is wrong: the boundaries are there only where they were imported. */
const expected = (problem) => problem.includes('/public/map/boundaries.json');
const called = (path) => path.replace(/^\//, '').replaceAll(/[/?=]/g, '-') || 'home';

async function look(page, path, language) {
  const where = path === 'quake' ? `/quakes/${await newestQuake(page)}` : path;
  await page.goto(where);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForTimeout(path === '/map' ? 2_500 : 500);
  const findings = await axe(page);
  const out = await overflow(page);
  if (page.viewportSize().width !== NARROW.width) await shot(page, `${called(path)}${language === 'ja' ? '' : `-${language}`}`);
  return [...findings, ...(out > 0 ? [`${out} px stick out`] : [])].map((finding) => `${path} ${page.viewportSize().width} ${language}: ${finding}`);
}

async function newestQuake(page) {
  const answer = await page.request.get('/public/drill/quakes/latest.json');
  return (await answer.json()).quakes[0].id;
}

async function lookAtAll(browser, origin, paths, viewport, language, person) {
  const { page, problems, close } = await open(browser, origin, { viewport, settings: { area: '02203', language } });
  if (person) await signIn(page, person);
  const findings = [];
  for (const path of paths) findings.push(...(await look(page, path, language)));
  await close();
  assert.deepEqual([...findings, ...problems.filter((problem) => !expected(problem))], []);
}

export const pages = {
  'public pages on a phone': ({ browser, origin }) => lookAtAll(browser, origin, PUBLIC, PHONE, 'ja'),
  'public pages on a desk': ({ browser, origin }) => lookAtAll(browser, origin, PUBLIC, DESK, 'ja'),
  'public pages at 320 pixels': ({ browser, origin }) => lookAtAll(browser, origin, PUBLIC, NARROW, 'ja'),
  'public pages in plain Japanese': ({ browser, origin }) => lookAtAll(browser, origin, PUBLIC, PHONE, 'easy'),
  'public pages in English': ({ browser, origin }) => lookAtAll(browser, origin, PUBLIC, PHONE, 'en'),
  'office pages on a phone': ({ browser, origin }) => lookAtAll(browser, origin, OFFICE, PHONE, 'ja', '県 災害対策本部'),
  'office pages on a desk': ({ browser, origin }) => lookAtAll(browser, origin, OFFICE, DESK, 'ja', '県 災害対策本部'),
  'administration on a phone': ({ browser, origin }) => lookAtAll(browser, origin, ADMINISTRATION, PHONE, 'ja', '県 管理者'),
  'administration on a desk': ({ browser, origin }) => lookAtAll(browser, origin, ADMINISTRATION, DESK, 'en', '県 管理者'),
  'the register and the shelters on a phone': ({ browser, origin }) => lookAtAll(browser, origin, REGISTER, PHONE, 'ja', '八戸市 避難所担当'),
  'the register and the shelters on a desk': ({ browser, origin }) => lookAtAll(browser, origin, REGISTER, DESK, 'ja', '八戸市 避難所担当'),
  'the register and the shelters at 320 pixels': ({ browser, origin }) => lookAtAll(browser, origin, REGISTER, NARROW, 'ja', '八戸市 避難所担当'),
  'programmes on a desk': ({ browser, origin }) => lookAtAll(browser, origin, PROGRAMMES, DESK, 'ja', '八戸市 子育て支援担当'),
  'programmes at 320 pixels': ({ browser, origin }) => lookAtAll(browser, origin, PROGRAMMES, NARROW, 'ja', '八戸市 子育て支援担当'),
  'office pages at 320 pixels': ({ browser, origin }) => lookAtAll(browser, origin, OFFICE, NARROW, 'ja', '八戸市 避難情報担当 A'),

  async 'the table of municipalities is the same as the program’s'({ binary }) {
    const text = await readFile(new URL('../../src/lib/areas.ts', import.meta.url), 'utf8');
    const ours = [...text.matchAll(/^(02\d{3}) (\S+) (\S+) (\S+) (\S+) (\S+?)`?;?$/gm)].map(([, code, name, kana, romaji, lat, lon]) => ({ code, name, kana, romaji, lat, lon }));
    const theirs = JSON.parse(execFileSync(binary, ['areas'], { encoding: 'utf8' }));
    assert.equal(ours.length, 40);
    for (const [i, { code, name, kana, romaji, lat, lon }] of theirs.entries()) {
      assert.deepEqual([ours[i].code, ours[i].name, ours[i].kana, ours[i].romaji], [code, name, kana, romaji]);
      assert.ok(Math.abs(ours[i].lat - lat) < 0.03 && Math.abs(ours[i].lon - lon) < 0.03, `${name} stands elsewhere`);
    }
  },

  async 'the language is switched on the page, and stays'({ browser, origin }) {
    const { page, problems, close } = await open(browser, origin, { settings: { area: '02203' } });
    await page.goto('/');
    await page.getByLabel('言語 / Language').selectOption('en');
    await page.getByRole('heading', { level: 1, name: /Hachinohe now/ }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: /Hachinohe now/ }).waitFor();
    await page.getByLabel('言語 / Language').selectOption('easy');
    await page.getByText('することは').or(page.getByText('すること')).first().waitFor();
    assert.deepEqual(problems, []);
    await close();
  },

  async 'the keyboard reaches content, menu and choices, and sees where it is'({ browser, origin }) {
    const { page, close } = await open(browser, origin, { settings: { area: '02203' } });
    await page.goto('/');
    await page.locator('#top-headline').waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('href')), '#main');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const inside = await page.evaluate(() => document.activeElement?.closest('main') !== null);
    assert.ok(inside, 'the skip link leads into the content');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
    assert.equal(outline, '4px');
    await close();
  },

  async 'a position is used on the device and sent nowhere'({ browser, origin }) {
    const { context, page, close } = await open(browser, origin, { geolocation: { latitude: 40.51, longitude: 141.49 }, permissions: ['geolocation'] });
    const sent = [];
    context.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
    await page.goto('/area');
    await page.getByRole('button', { name: '現在地を調べる' }).click();
    await page.getByRole('button', { name: '八戸市を選ぶ' }).click();
    await page.getByRole('heading', { level: 1, name: /八戸市の今/ }).waitFor();
    assert.deepEqual(sent.filter((each) => /40\.5|141\.4/.test(each)), []);
    await close();
  },
};
