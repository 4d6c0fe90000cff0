/** The story that all of this is for: a family registers, the line is cut, a gymnasium fills, a laptop dies, a tablet is lost, and nobody is. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { axe, DESK, open, PHONE, shot } from '../browser.mjs';
import { cable } from '../cable.mjs';
import { scanned } from '../code.mjs';
import { Device, newId } from '../device.mjs';
import { fill } from '../family.mjs';
import { Kit } from '../kit.mjs';
import { admitted, Hand, paperCode } from './kit-hand.mjs';
import { signIn } from './people.mjs';

const [TOWN, KIT, PORT] = ['02203', '体育館 1号', 9_000 + (process.pid % 900)];
const HOUSEHOLDS = 200;
const FAMILY = [
  { name: '物語 一郎', kana: 'ものがたり いちろう', relation: '本人', era: '昭和', birth: ['20', '4', '1'], sex: '男' },
  { name: '物語 花子', kana: 'ものがたり はなこ', relation: '妻', era: '昭和', birth: ['25', '2', '28'], sex: '女' },
];
/** 避難行動要支援者名簿: one comes with a phone, one by a tablet, one leaves again, one comes nowhere. */
const LISTED = [['物語 一郎', '1945-04-01'], ['移動 太郎', '1950-01-01'], ['退所 次郎', '1950-01-01'], ['残留 三郎', '1940-05-05']];

/** Asks the centre as the person of a page. */
const ask = (page, method, path, body) =>
  page.evaluate(
    async ([method_, path_, body_]) => {
      const answer = await fetch(path_, { method: method_, ...(body_ === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body_) }) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path_} answered ${answer.status}: ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    [method, path, body],
  );

async function until(what, done, patience = 60_000) {
  for (const end = Date.now() + patience; ; await new Promise((go) => setTimeout(go, 250))) {
    const found = await done();
    if (found) return found;
    assert.ok(Date.now() < end, `waited in vain until ${what}`);
  }
}

/** The family on its phone, and the code that it shows. */
async function registered(browser, origin) {
  const phone = await open(browser, origin, { settings: { area: TOWN }, deviceScaleFactor: 3 });
  await fill(phone.page, FAMILY);
  await phone.page.getByRole('button', { name: '登録する' }).click();
  await phone.page.getByText('県に到達').waitFor();
  await phone.page.waitForFunction(async () => (await (await fetch('/api/households/mine/tokens')).json()).length === 1);
  await phone.page.goto('/me/qr');
  await phone.page.getByRole('img', { name: /2人分/ }).waitFor();
  return { phone, code: await scanned(phone.page) };
}

/** Tablets without hands: `count` households, of one to four people, with their names. */
function gymnasium(count) {
  return Array.from({ length: count }, (_, n) => {
    const name = { 0: '移動 太郎', 1: '退所 次郎' }[n] ?? `体育館 ${n}番`;
    const [adults, children] = [1 + (n % 3), n % 2];
    const persons = [{ id: newId(), name, birth: '1950-01-01' }];
    return { subject: randomBytes(16).toString('hex'), persons, counts: { adults, children, infants: 0, wheelchair: 0 }, size: adults + children };
  });
}

async function send(device, households) {
  for (let at = 0; at < households.length; at += 10) {
    const events = await Promise.all(households.slice(at, at + 10).map(({ subject, persons, counts }) => device.checkIn(subject, persons, counts)));
    assert.deepEqual(await device.send(events), events.map(() => 'stored'));
  }
}

const leftBehind = async (page, disaster) => (await ask(page, 'GET', `/api/reception/left-behind?disaster=${disaster}&municipality=${TOWN}`)).people.filter(({ what }) => what === 'listed').map(({ household }) => household.persons[0].name);
const look = async (page, name) => {
  for (const size of [PHONE, DESK]) {
    await page.setViewportSize(size);
    await shot(page, name);
    assert.deepEqual(await axe(page), [], `${name} at ${size.width}`);
  }
};

export const kitStory = {
  async 'two hundred households in a gymnasium without a network, and the centre knows every one'({ browser, origin, binary }) {
    const folder = mkdtempSync(join(tmpdir(), 'mamori-story-'));
    const line = await cable(Number(new URL(origin).port), folder);
    const kit = new Kit(binary, join(folder, 'kit'), line, PORT);
    let there;
    try {
      const [office, evacuees] = [await open(browser, origin, { viewport: DESK }), await open(browser, origin, { viewport: DESK })];
      await Promise.all([signIn(office.page, '八戸市 避難所担当'), signIn(evacuees.page, '八戸市 避難所受付')]);
      const { phone, code } = await registered(browser, origin);
      await ask(evacuees.page, 'POST', '/api/reception/left-behind/import', { command: newId(), municipality: TOWN, people: LISTED.map(([name, birth]) => ({ name, birth })) });
      const { shelters } = await ask(office.page, 'GET', `/api/reception/desk?municipality=${TOWN}&mode=drill`);
      const [elsewhere, here] = shelters;
      const { disaster } = here;
      const made = await ask(office.page, 'POST', '/api/reception/kits/codes', { municipality: TOWN, name: KIT, shelters: [here.facility] });
      await kit.enrol(made.code);
      await kit.run();
      await until('the kit was heard', async () => (await kit.json('/api/kit/status')).contact_at);
      const board = (facility = here.facility) => ask(office.page, 'GET', `/api/reception/shelters/${facility}/board?disaster=${disaster}`);
      const [before, expected] = [await board(), (await board(elsewhere.facility)).occupancy.expected];

      line.cut();
      there = await line.browser();
      const [one, two] = await Promise.all([Hand.at(there, kit.url, here.name), Hand.at(there, kit.url, here.name)]);
      // Locked: it admits, and reads nothing.
      await one.page.getByText('キットはロックされています。受付は続けられます。').waitFor();
      await one.scan(code);
      await one.page.getByText('この世帯の内容はここでは読めません').waitFor();
      assert.equal(await one.page.getByText('物語').count(), 0);
      await look(one.page, 'kit-locked');
      await one.unlock(Kit.passphrase);
      await one.scan(code);
      await one.page.getByText('物語 花子').first().waitFor();
      await look(one.page, 'kit-unlocked');
      await one.save();
      let persons = FAMILY.length;

      const post = { mode: 'drill', disaster, shelter: here.facility, municipality: TOWN };
      const [first, second, lost] = [await Device.at(kit, post), await Device.at(kit, post), await Device.at(kit, post)];
      const twice = paperCode();
      const hall = gymnasium(HOUSEHOLDS - 1 - 1 - 2 * admitted.households - 1);
      const tablets = [hall.slice(0, 70), hall.slice(70, -10), hall.slice(-10)];
      await Promise.all([...[first, second, lost].map((device, i) => send(device, tablets[i])), one.admitSome(), two.admitSome()]);
      persons += hall.reduce((sum, { size }) => sum + size, 0) + 2 * admitted.persons;
      // One household at two desks at once.
      await Promise.all([one, two].map((hand) => hand.scan(twice)));
      await Promise.all([one, two].map((hand) => hand.count(3)));
      persons += 3;
      const [moved, left] = hall;
      await one.find('移動 太郎');
      await one.moveTo(elsewhere.name);
      await one.find('退所 次郎');
      await one.leave();
      persons -= moved.size + left.size;

      // The battery is pulled. A page goes on, and the kit is there again with everything, locked.
      await kit.kill();
      await two.number(5);
      await two.reached('device');
      persons += 5;
      await kit.run();
      assert.equal((await kit.json('/api/kit/status')).locked, true);
      await Promise.all([one, two].map((hand) => hand.reached('node')));
      // One tablet is lost: what it wrote before counts, what it writes now does not.
      await kit.json(`/api/reception/devices/${lost.id}/revoke`, { method: 'POST', body: {} });
      const thief = await lost.checkIn(randomBytes(16).toString('hex'), [{ id: newId(), name: '偽物 四郎' }], { adults: 9 });
      assert.deepEqual(await lost.send([thief]), ['quarantined device']);

      const truth = { persons: before.persons + persons, households: before.occupancy.present.households + HOUSEHOLDS - 2 };
      const counted = ({ persons: all, occupancy }) => ({ persons: all, households: occupancy.present.households });
      assert.deepEqual(counted(await kit.json(`/api/reception/shelters/${here.facility}/board?disaster=${disaster}`)), truth, 'the kit');
      assert.deepEqual(counted(await board()), counted(before), 'the centre knows nothing yet');
      assert.ok((await leftBehind(evacuees.page, disaster)).includes('物語 一郎'));

      line.mend();
      await until('everything is at the centre', async () => {
        const { waiting, contact_at } = await kit.json('/api/kit/status');
        return waiting === 0 && contact_at && (await board()).persons === truth.persons;
      });
      assert.deepEqual(counted(await board()), truth, 'the centre');
      const coming = (await board(elsewhere.facility)).occupancy.expected;
      assert.equal(coming.households, expected.households + 1, 'one is on its way to the other shelter');
      await two.reached('centre');
      await until('everybody may see how full it is', async () => (await ask(office.page, 'GET', `/public/drill/shelters/${TOWN}.json`)).openings.some(({ facility, persons: all }) => facility === here.facility && all === truth.persons));
      assert.deepEqual(await leftBehind(evacuees.page, disaster), ['残留 三郎']);
      await evacuees.page.goto('/office/left-behind');
      await evacuees.page.getByRole('heading', { name: '残留 三郎' }).waitFor();
      assert.equal(await evacuees.page.getByRole('heading', { name: /移動 太郎|退所 次郎|偽物/ }).count(), 0);
      await look(evacuees.page, 'left-behind');
      await office.page.goto('/office/kits');
      const shown = office.page.getByRole('listitem').filter({ hasText: KIT });
      for (const text of ['0件', /\d+秒/, /\d+\.\d+\.\d+/, '失効させる（紛失・盗難）']) await shown.getByText(text).first().waitFor();
      assert.equal(await shown.getByText('まだ通信がありません').count(), 0);
      await look(office.page, 'kits');
      // The person reads on her phone that a desk of that very shelter looked.
      const looks = await until('the look has come', async () => {
        const all = await ask(phone.page, 'GET', '/api/households/mine/looked');
        return all.some(({ facility }) => facility === here.facility) && all;
      });
      assert.ok(looks.every(({ area, purpose }) => area === `municipality:${TOWN}` && ['reception', 'left-behind'].includes(purpose)));
      await phone.page.goto('/me/looked');
      await phone.page.getByRole('cell', { name: '八戸市' }).first().waitFor();
      assert.deepEqual([...one.problems(), ...two.problems()], []);
      console.log(`figure kit_story_households ${HOUSEHOLDS} by ${line.how}`);
    } finally {
      await there?.close();
      await kit.kill();
      line.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
