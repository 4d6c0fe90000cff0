import { describe, expect, it } from 'vitest';
import type { Household } from './card.ts';
import { differences, overlaid, put, unknownCard, type Local } from './cards.ts';
import type { Body, Kind } from './event.ts';
import { parted, proposed, Reading } from './kana.ts';
import { formOf, isEmpty, made, newForm, nextPerson, pets } from './walkin.ts';

const TODAY = '2026-11-28';
const unread = (name: string, typed: string) => `${name}: ${typed}`;

describe('a household typed at the desk', () => {
  it('becomes a card in which unknown stays unknown', () => {
    const form = newForm('inside');
    Object.assign(form.persons[0]!, { name: '八戸　 一郎 ', kana: 'はちのへ いちろう', birth: 'S450312', sex: 'male', relation: '本人' });
    form.persons.push({ ...nextPerson(form.persons), name: '八戸 幸子', birth: 'S1000101', needs: { mobility: 'wheelchair' } }, nextPerson(form.persons));
    form.mobile = '０９０ー０００0-0000';
    const { household, situation, counts } = made(form, TODAY, 'v1', unread);
    expect(household).toEqual({
      persons: [{ id: form.persons[0]!.id, name: '八戸 一郎', kana: 'はちのへ いちろう', birth: '1970-03-12', sex: 'male', relation: '本人' }, { id: form.persons[1]!.id, name: '八戸 幸子', needs: { mobility: 'wheelchair' } }],
      mobile: '09000000000', remarks: '八戸 幸子: S1000101',
    });
    expect(situation).toEqual({ here: household.persons.map(({ id }) => id) });
    expect(counts).toEqual({ adults: 2, children: 0, infants: 0, wheelchair: 1 });
  });
  it('answers given stay, also no', () => {
    const form = { ...newForm('inside'), publish: 'no' as const, allHere: 'no' as const, missing: '八戸次郎 36歳、花子', pets: '犬1 ねこ', petComes: 'yes' as const };
    form.persons[0]!.name = '甲';
    expect(made(form, TODAY, 'v1', unread).situation).toMatchObject({ publish: false, consent_text: 'v1', all_evacuated: false, missing: [{ name: '八戸次郎', age: '36' }, { name: '花子' }] });
    expect(made(form, TODAY, 'v1', unread).household.pets).toEqual([{ kind: '犬', count: 1, comes: true }, { kind: 'ねこ', count: 1, comes: true }]);
    expect(pets('', true)).toEqual([]);
  });
  it('the next row has the surname, and is empty until more is typed', () => {
    const form = newForm('inside');
    form.persons[0]!.name = '八戸 一郎';
    const next = nextPerson(form.persons);
    expect([next.name, isEmpty(next, form.persons[0])]).toEqual(['八戸 ', true]);
    expect(isEmpty({ ...next, name: '八戸 花子' }, form.persons[0])).toBe(false);
    expect(isEmpty({ ...next, sex: 'female' }, form.persons[0])).toBe(false);
  });
  it('a card opened for correction and saved unchanged is the same card', () => {
    const household: Household = { persons: [{ id: 'a', name: '八戸 一郎', birth: '1970-03-12', needs: { allergies: ['そば'] }, skills: ['nurse'] }, { id: 'b', name: '🙂 𠮷野' }], municipality: '02203', emergency: [{ name: '山田', phone: '0900', relation: '叔父' }, { name: '佐藤', phone: '0901' }], pets: [{ kind: '犬', count: 2, comes: false }] };
    const situation = { here: ['a'], publish: false, consent_text: 'v1', damage: ['half'], missing: [{ name: '次郎', age: '36' }], tags: ['x'] };
    const again = made(formOf(household, situation, 'inside'), TODAY, 'v1', unread, { household, situation });
    expect(again.household).toEqual(household);
    expect(again.situation).toEqual(situation);
  });
});

describe('the reading of a name', () => {
  const type = (reading: Reading, steps: string[], chosen: string, value: string) => {
    steps.forEach((step) => reading.update(step));
    reading.end(chosen);
    reading.value(value);
  };
  it('is caught from the input method', () => {
    const reading = new Reading();
    type(reading, ['ｈ', 'は', 'はち', 'はちの', 'はちのへ', '八戸'], '八戸', '八戸');
    reading.value('八戸　');
    type(reading, ['い', 'いちろ', 'いちろう', '一郎'], '一郎', '八戸　一郎');
    expect(reading.kana).toBe('はちのへ いちろう');
    type(reading, ['あ'], '', '八戸　一郎');
    expect(reading.kana).toBe('はちのへ いちろう');
    reading.value('');
    expect(reading.kana).toBe('');
  });
  it('proposes the family’s reading of the surname', () => {
    const family = [{ name: '八戸 一郎', kana: 'はちのへ いちろう' }];
    expect(proposed('八戸 花子', 'はなこ', family)).toBe('はちのへ はなこ');
    expect(proposed('青森 太郎', 'あおもり たろう', family)).toBe('あおもり たろう');
    expect(proposed('はちのへ さちこ', '', family)).toBe('はちのへ さちこ');
    expect(proposed('スミス ジョン', '', [])).toBe('すみす じょん');
  });
  it('knows a surname only where a space parts it', () => {
    expect(parted('八戸　一郎')).toEqual({ surname: '八戸', given: '一郎' });
    expect(parted('八戸一郎')).toEqual({ surname: '', given: '八戸一郎' });
  });
});

describe('what this page wrote, over what the node said', () => {
  const event = (kind: Kind, id: string, more: Partial<Body> = {}): Local => ({ event: { kind, id, subject: 's', shelter: 'A', assurance: 0, wall_ms: 1, ...more } as Body, content: undefined });
  const counts = { adults: 2, children: 0, infants: 0, wheelchair: 0 };
  const base = unknownCard('s');

  it('follows a household in, out for a while, back and away', () => {
    const steps: Local[] = [event('check-in', '1', { counts, assurance: 2 }), event('leave', '2'), event('return', '3'), event('move', '4', { other: 'B' }), event('check-out', '5')];
    const seen = steps.map((_, i) => overlaid(base, steps.slice(0, i + 1)).presence);
    expect(seen).toEqual(['in', 'away', 'in', 'moving', 'out']);
    expect(overlaid(base, steps)).toMatchObject({ counts, assurance: 2, heads: ['5'] });
  });
  it('what is taken back has no effect and stays in the history', () => {
    const card = overlaid(base, [event('check-in', '1', { counts }), event('leave', '2'), event('void', '3', { other: '2' })]);
    expect(card.presence).toBe('in');
    expect(card.history.map(({ id, void: back }) => [id, back])).toEqual([['1', false], ['2', true], ['3', false]]);
    const known = { ...base, presence: 'away' as const, history: overlaid(base, [event('check-in', '1'), event('leave', '2')]).history };
    expect(overlaid(known, [event('void', '3', { other: '2' })]).presence).toBe('in');
    expect(overlaid(known, [event('void', '3', { other: '2' }), event('void', '4', { other: '1' })]).presence).toBe('none');
  });
  it('an event that the node’s history has already counts once', () => {
    const said = overlaid(base, [event('check-in', '1', { counts }), event('check-out', '2')]);
    const again = overlaid(said, [event('check-in', '1', { counts }), event('check-out', '2'), event('return', '3')]);
    expect(again.history.map(({ id }) => id)).toEqual(['1', '2', '3']);
    expect(overlaid(said, [event('check-in', '1')]).presence).toBe('out');
  });
  it('corrections set single fields, links can be undone', () => {
    const written: Local = { ...event('check-in', '1'), content: { household: { persons: [{ id: 'a', name: '甲' }], mobile: '1' }, situation: { here: ['a'] } } };
    const amend: Local = { ...event('amend', '2'), content: { set: { '/household/mobile': '2', '/situation/tags': ['x'] } } };
    const card = overlaid(base, [written, amend, event('link', '3', { other: 't' })]);
    expect([card.household?.mobile, card.situation, card.linked]).toEqual(['2', { here: ['a'], tags: ['x'] }, ['t']]);
    expect(overlaid(card, [event('unlink', '4', { other: 't' })]).linked).toEqual([]);
  });
  it('differences are what an amendment needs to make one card of the other', () => {
    const before = { household: { persons: [{ id: 'a' }], mobile: '1', 'a/b': 'x' }, situation: {} };
    const after = { household: { persons: [{ id: 'a' }, { id: 'b' }], address: '内丸' }, situation: { here: ['b'] } };
    const set = differences(before, after);
    expect(set).toEqual({ '/household/persons': [{ id: 'a' }, { id: 'b' }], '/household/mobile': null, '/household/a~1b': null, '/household/address': '内丸', '/situation/here': ['b'] });
    const whole = structuredClone(before);
    for (const [pointer, value] of Object.entries(set)) put(whole, pointer, value);
    expect(whole).toEqual(after);
    put(whole, '/__proto__/polluted', 'x');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
