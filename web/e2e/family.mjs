/** A family of four, and how it goes through the form on a phone. */
import assert from 'node:assert/strict';

export const FAMILY = [
  { name: '八戸 一郎', kana: 'はちのへ いちろう', relation: '本人', era: '昭和', birth: ['63', '4', '1'], sex: '男', allergies: 'そば' },
  { name: '八戸 花子', kana: 'ハチノヘ ハナコ', relation: '妻', era: '平成', birth: ['4', '2', '29'], sex: '女', asked: '妊娠していますか' },
  { name: '八戸 幸子', kana: 'はちのへ さちこ', relation: '母', era: '昭和', birth: ['２５', '1', '5'], sex: '女', care: '要介護3', mobility: '車いすを使う' },
  { name: '八戸 健太', kana: 'はちのへ けんた', relation: '子', era: '令和', birth: ['7', '5', '5'], sex: '男', asked: '粉ミルクや紙おむつ（乳幼児用）が必要ですか' },
];

export const next = (page) => page.getByRole('button', { name: '保存して次へ' }).click();
/** What stands at the top of each page of the form: it is there when the page is, whatever the address says. */
const ASKS = {
  birth: '生年月日と性別', health: '食べ物・薬・医療', support: '介護・障害・移動', daily: '妊娠・乳幼児・ことば・その他', skills: '手伝えること', persons: 'いっしょに避難するのはどなたですか',
  contact: 'お住まいと連絡先', shelters: '避難するとしたら、どこですか', pets: 'ペットと車', emergency: '緊急連絡先', remarks: 'そのほか、避難所に伝えておきたいこと', consents: '情報の使い方への同意', review: '内容の確認',
};
/** What is typed stands on the disk before the next page opens; the disk of a machine that builds meanwhile takes its time. */
const PAGE_MS = 30_000;
export const at = (page, step) => page.getByRole('heading', { level: 2, name: ASKS[step] }).waitFor({ timeout: PAGE_MS });

async function addPerson(page, person, looked) {
  await page.getByRole('link', { name: /^(ご本人を入力する|家族を追加する)$/ }).click();
  await page.getByLabel('氏名').fill(person.name);
  await page.getByLabel('ふりがな').fill(person.kana);
  await page.getByLabel('続柄').fill(person.relation);
  await looked('name');
  await next(page);
  await at(page, 'birth');
  await page.getByLabel('元号または西暦').selectOption(person.era);
  for (const [i, label] of ['年', '月', '日'].entries()) await page.getByLabel(label, { exact: true }).fill(person.birth[i]);
  await page.getByRole('radio', { name: person.sex, exact: true }).check();
  await looked('birth');
  await next(page);
  await at(page, 'health');
  if (person.allergies) await page.getByLabel('アレルギー').fill(person.allergies);
  await looked('health');
  await next(page);
  await at(page, 'support');
  if (person.care) await page.getByLabel('要支援・要介護の認定').selectOption(person.care);
  if (person.mobility) await page.getByRole('radio', { name: person.mobility }).check();
  await looked('support');
  await next(page);
  await at(page, 'daily');
  if (person.asked) await page.getByRole('group', { name: person.asked }).getByRole('radio', { name: 'はい' }).check();
  await looked('daily');
  await next(page);
  await at(page, 'skills');
  await looked('skills');
  await page.getByRole('link', { name: '書かずに次へ' }).click();
  await at(page, 'persons');
  await page.getByText(person.name, { exact: true }).first().waitFor();
}

/** From the start page to the review. `looked` is called on each page. */
export async function fill(page, family, looked = async () => undefined) {
  await page.goto('/me');
  await page.getByRole('heading', { name: '登録しておくと' }).waitFor();
  await looked('start');
  await page.getByRole('link', { name: '登録を始める' }).click();
  for (const [i, person] of family.entries()) await addPerson(page, person, i === 0 ? looked : async () => undefined);
  await looked('persons');
  await page.getByRole('link', { name: '次へ', exact: true }).click();
  await at(page, 'contact');
  await page.getByLabel('郵便番号').fill('０３１－8686');
  await page.getByLabel('住所').fill('八戸市内丸1丁目1-1');
  await page.getByLabel('携帯電話').fill('090-0000-0000');
  await looked('contact');
  await next(page);
  await at(page, 'shelters');
  await page.getByLabel('名前・よみ・住所').fill('みほん');
  await page.getByRole('button', { name: /選ぶ$/ }).first().click();
  await page.getByRole('button', { name: /^外す/ }).waitFor();
  await looked('shelters');
  await next(page);
  await at(page, 'pets');
  await page.getByLabel('種類').fill('犬');
  await looked('pets');
  await next(page);
  await at(page, 'emergency');
  const contact = page.getByRole('group', { name: '連絡先 1' });
  await contact.getByLabel('氏名').fill('山田 太郎');
  await contact.getByLabel('電話番号').fill('080-0000-0000');
  await looked('emergency');
  await next(page);
  await at(page, 'remarks');
  await looked('remarks');
  await page.getByRole('link', { name: '書かずに次へ' }).click();
  await at(page, 'consents');
  assert.equal(await page.locator('input:checked').count(), 0, 'nothing is ticked beforehand');
  await page.getByRole('group', { name: '避難所での配慮' }).getByRole('radio', { name: '同意する' }).check();
  await page.getByRole('group', { name: '安否の問合せへの回答' }).getByRole('radio', { name: '同意しない' }).check();
  await looked('consents');
  await next(page);
  await at(page, 'review');
}

export async function remark(page, text) {
  await page.goto('/me/edit/remarks');
  await page.getByLabel(/避難所に伝えておきたいこと/).fill(text);
  await next(page);
  await at(page, 'consents');
  await page.goto('/me/edit/review');
  await page.getByRole('button', { name: '登録する' }).click();
}
