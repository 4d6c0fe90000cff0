// @vitest-environment node
import { expect, test } from 'vitest';
import { fromUtf8, toHex } from '$lib/bytes.ts';
import { newPair } from '$lib/seal/hpke.ts';
import { MOST_LETTERS, openPhoneCode, readPhoneCode } from '$lib/seal/phone-code.ts';
import { newToken, readToken, tokenText } from '$lib/seal/token.ts';
import { age, inEra, read, today, typedOf, type Era } from './birth.ts';
import { codeOf, fitting } from './code.ts';
import { answered, arrived, blank, edited, gone, pulled, settled, standing, wanted } from './kept.ts';
import { differing, digitsOf, kanaOf, linesOf, personId, phoneOf, silent, tidied, type Household } from './model.ts';
import { holdsMyNumber, holdsMyNumberAnywhere } from './my-number.ts';
import { after, FAMILY_STEPS, href, PERSON_STEPS } from './steps.ts';

const DAY = '2026-11-28';
const typed = (era: Era, year: string, month: string, day: string) => ({ era, year, month, day });

test('birth dates are read in every era, full-width digits and 元年 too', () => {
  const cases: [Era, string, string, string, string][] = [
    ['showa', '25', '1', '5', '1950-01-05'], ['heisei', '４', '２', '２９', '1992-02-29'], ['reiwa', '元', '5', '1', '2019-05-01'],
    ['taisho', '15', '12', '24', '1926-12-24'], ['meiji', '45', '07', '29', '1912-07-29'], ['western', '1988', '4', '1', '1988-04-01'],
    ['heisei', '32', '4', '1', '2020-04-01'],
  ];
  for (const [era, year, month, day, date] of cases) expect(read(typed(era, year, month, day), DAY), date).toEqual({ date, trouble: null });
  expect(read(typed('showa', ' ', '', ''), DAY)).toEqual({ date: null, trouble: null });
});

test('a day that cannot be is said to be one, each with its reason', () => {
  const cases: [Era, string, string, string, string][] = [
    ['showa', '25', '', '5', 'incomplete'], ['showa', '0', '1', '1', 'year'], ['western', '25', '1', '1', 'year'], ['heisei', '5', '2', '29', 'no_such_day'],
    ['reiwa', '8', '11', '29', 'future'], ['western', '1700', '1', '1', 'too_old'], ['meiji', '5', '12', '31', 'too_old'], ['showa', '二十', '1', '1', 'year'], ['heisei', '5', '13', '1', 'no_such_day'],
  ];
  for (const [era, year, month, day, trouble] of cases) expect(read(typed(era, year, month, day), DAY).trouble, `${era} ${year}`).toBe(trouble);
});

test('eras change on their day, and what was typed comes back', () => {
  expect(inEra('2019-04-30')).toEqual({ era: 'heisei', year: 31 });
  expect(inEra('2019-05-01')).toEqual({ era: 'reiwa', year: 1 });
  expect(inEra('1926-12-25')).toEqual({ era: 'showa', year: 1 });
  expect(inEra('1926-12-24')).toEqual({ era: 'taisho', year: 15 });
  for (const date of ['1989-01-07', '1989-01-08', '2025-05-05']) expect(read(typedOf(date, 'ja'), DAY).date).toBe(date);
  expect(typedOf('2025-05-05', 'en')).toEqual(typed('western', '2025', '5', '5'));
});

test('an age counts the birthday itself, by the day in Japan', () => {
  expect([age('1988-11-28', DAY), age('1988-11-29', DAY), age('2024-02-29', '2025-02-28'), age(DAY, DAY)]).toEqual([38, 37, 0, 0]);
  expect(today(new Date('2026-11-27T15:00:00Z'))).toBe(DAY);
});

test('what was left open is absent, and no is not absent', () => {
  const tidy = tidied({ persons: [{ id: 'a', name: ' 八戸 一郎 ', kana: ' ', needs: { allergies: ['', 'そば'], pregnant: false, other: '' }, skills: [] }], address: '', pets: [{ kind: '', count: 0 }] });
  expect(tidy).toEqual({ persons: [{ id: 'a', name: '八戸 一郎', needs: { allergies: ['そば'], pregnant: false } }], pets: [{ count: 0 }] });
  expect([silent({ allergies: [], other: ' ' }), silent(undefined), silent({ oxygen: false })]).toEqual([true, true, false]);
  expect(linesOf('そば\n えび、かに,\n\n')).toEqual(['そば', 'えび', 'かに']);
  expect(digitsOf('〒０３１－8686')).toBe('0318686');
});

test('telephone numbers and readings are taken as people write them, and refused where they are none', () => {
  expect([phoneOf('０９０ー0000ー0000'), phoneOf('(0178) 00-0000'), phoneOf(' '), phoneOf('+1 202-555-0123')]).toEqual(['09000000000', '0178000000', '', '+12025550123']);
  for (const bad of ['119', '9000000000', '090-0000', 'なし', '+1']) expect(phoneOf(bad), bad).toBeUndefined();
  expect([kanaOf('ハチノヘ　イチロウ'), kanaOf('ﾊﾁﾉﾍ'), kanaOf('')]).toEqual(['はちのへ いちろう', 'はちのへ', '']);
  for (const bad of ['八戸', 'Hachinohe']) expect(kanaOf(bad), bad).toBeUndefined();
});

test('ids of a family differ, and only at their end', () => {
  const family: { id: string }[] = [];
  for (let i = 0; i < 40; i += 1) family.push({ id: personId(family) });
  expect(new Set(family.map(({ id }) => id)).size).toBe(40);
  expect(new Set(family.map(({ id }) => id.slice(0, -2))).size).toBe(1);
  expect(family[39]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('the 12 digits of a My Number are found in any disguise, other numbers are not', () => {
  for (const text of ['123456789018', '番号は１２３４－５６７８－９０１８です', '1234 5678 9018', '電話 0178-00-0000、1234・5678・9018', '1234\u200b56789018']) expect(holdsMyNumber(text), text).toBe(true);
  for (const text of ['123456789012', '090-0000-0000', '0178000000', '1234567890180', '八戸市内丸1丁目1-1', '']) expect(holdsMyNumber(text), text).toBe(false);
  expect(holdsMyNumberAnywhere({ mobile: '123456789018' })).toBe(false);
  expect(holdsMyNumberAnywhere({ persons: [{ name: 'x', needs: { medicines: ['123456789018'] } }] })).toBe(true);
});

test('the pages lead through the form, and back to the review where one thing is mended', () => {
  let [at, count] = [href({ step: 'persons' }), 0];
  for (; at !== '/me' && count < 20; count += 1) at = after({ step: at.split('/')[3] as (typeof FAMILY_STEPS)[number] });
  expect(count).toBe(FAMILY_STEPS.length);
  expect(after({ step: PERSON_STEPS[PERSON_STEPS.length - 1] ?? 'skills', person: 'p' })).toBe('/me/edit/persons');
  expect(after({ step: 'name', person: 'p' })).toBe('/me/edit/birth?p=p');
  expect(after({ step: 'health', person: 'p', mending: true })).toBe('/me/edit/review');
  expect(href({ step: 'health', person: 'p', mending: true })).toBe('/me/edit/health?p=p&then=review');
});

const FAMILY: Household = {
  persons: [
    { id: '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10', name: '八戸 一郎', kana: 'はちのへ いちろう', birth: '1988-04-01', sex: 'male', relation: '本人', needs: { allergies: ['そば'], medicines: ['ワーファリン'] }, skills: ['nurse', 'volunteer'] },
    { id: '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11', name: '八戸 幸子', kana: 'はちのへ さちこ', birth: '1950-01-05', sex: 'female', relation: '母', needs: { mobility: 'wheelchair', care: 'care3', other: '紙おむつ' } },
  ],
  municipality: '02203', address: '八戸市内丸1丁目1-1', mobile: '09000000000', emergency: [{ name: '山田 太郎', phone: '09000000000' }], remarks: '犬がいます',
};

test('a code leaves out the lesser things first, and never names or needs', () => {
  expect(fitting(FAMILY)).toEqual({ household: FAMILY, left: [] });
  const tight = fitting(FAMILY, 560);
  expect(tight?.left.slice(0, 2)).toEqual(['remarks', 'emergency']);
  expect(tight?.household.persons.map(({ name, needs }) => [name, needs])).toEqual(FAMILY.persons.map(({ name, needs }) => [name, needs]));
  expect(fitting(FAMILY, 300)).toBeUndefined();
});

test('a family’s code carries it to the town; one that is too large shows its token', async () => {
  const town = await newPair();
  const token = tokenText(newToken());
  const key = { key: '', kid: '', sign: async () => new Uint8Array(64) };
  const { text, whole } = await codeOf({ household: FAMILY, token, subject: 'ab'.repeat(16), to: town.open }, key, 60_000);
  const code = readPhoneCode(text);
  expect([whole, text.length <= MOST_LETTERS, toHex(code?.subject ?? new Uint8Array()), code?.minute]).toEqual([true, true, 'ab'.repeat(16), 1]);
  expect(toHex(code?.token ?? new Uint8Array())).toBe(toHex(readToken(token) ?? new Uint8Array(1)));
  if (code) expect(JSON.parse(fromUtf8(await openPhoneCode(code, town.secret)))).toEqual(FAMILY);
  const many = { persons: Array.from({ length: 40 }, (_, i) => ({ id: crypto.randomUUID(), name: `${crypto.randomUUID()}${i}` })) };
  const large = await codeOf({ household: many, token, subject: 'ab'.repeat(16), to: town.open }, key, 60_000);
  expect(large).toEqual({ text: `M1:${token}`, left: [], whole: false });
});

const MINE = { household: FAMILY, revision: 3, subject: 'ab'.repeat(16), changed_at: '2026-11-28T05:00:00Z', guardian: true, person: null };

test('what was changed on the phone goes nowhere before the family says so, and then until it arrived', () => {
  expect(standing(undefined)).toBe('none');
  const draft = edited(blank(), FAMILY, '2026-11-28T05:00:00Z');
  expect(standing(draft)).toBe('draft');
  const waiting = wanted(draft);
  expect([standing(waiting), wanted(waiting).command]).toEqual(['waiting', waiting.command]);
  const there = arrived(waiting, waiting.command ?? '', MINE, '2026-11-28T05:01:00Z');
  expect([standing(there), there.revision, there.command]).toEqual(['arrived', 3, null]);
  const meanwhile = arrived(edited(waiting, FAMILY, '2026-11-28T05:00:30Z'), waiting.command ?? '', MINE, '2026-11-28T05:01:00Z');
  expect([standing(meanwhile), meanwhile.revision]).toEqual(['draft', 3]);
  expect(standing({ ...waiting, refused: 'x' })).toBe('refused');
});

test('two phones of a family: one version is chosen, by the family', () => {
  const mine = { ...wanted(edited(blank(), { ...FAMILY, remarks: 'ここ' }, '2026-11-28T05:00:00Z')), theirs: MINE };
  expect(standing(mine)).toBe('conflict');
  expect(differing(mine.household, FAMILY)).toEqual(['remarks']);
  const ours = settled(mine, 'ours', '2026-11-28T05:02:00Z');
  expect([standing(ours), ours.revision, ours.household.remarks]).toEqual(['waiting', 3, 'ここ']);
  expect(ours.command).not.toBe(mine.command);
  const theirs = settled(mine, 'theirs', '2026-11-28T05:02:00Z');
  expect([standing(theirs), theirs.household]).toEqual(['arrived', FAMILY]);
  expect(differing({ persons: [], remarks: ' ' }, { remarks: '', persons: [] })).toEqual([]);
});

test('another phone’s change comes here, unless something was changed here', () => {
  const there = arrived(wanted(edited(blank(), FAMILY, '2026-11-28T05:00:00Z')), '', MINE, '2026-11-28T05:01:00Z');
  const calm = { ...there, command: null, arrivedAt: '2026-11-28T05:01:00Z' };
  const newer = { ...MINE, revision: 4, household: { ...FAMILY, remarks: '別の端末' } };
  expect([pulled(calm, newer, '2026-11-28T06:00:00Z').household.remarks, pulled(calm, newer, '2026-11-28T06:00:00Z').revision]).toEqual(['別の端末', 4]);
  const draft = edited(calm, { ...FAMILY, remarks: 'ここ' }, '2026-11-28T05:30:00Z');
  expect([pulled(draft, newer, '2026-11-28T06:00:00Z').household.remarks, pulled(draft, newer, '2026-11-28T06:00:00Z').revision]).toEqual(['ここ', 3]);
  expect([standing(gone(calm)), gone(calm).household]).toEqual(['draft', FAMILY]);
});

test('an answer to a consent takes the place of the one before', () => {
  const first = answered(blank(), { what: 'safety', text_version: 'v1', given: true }, 'a');
  const second = answered(first, { what: 'safety', text_version: 'v1', given: false }, 'b');
  expect(second.consents.map(({ given, at }) => [given, at])).toEqual([[false, 'b']]);
});
