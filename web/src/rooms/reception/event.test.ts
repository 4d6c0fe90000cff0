import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sha256, toHex, utf8 } from '$lib/bytes.ts';
import { age, alarms, countsOf, said, type Household } from './card.ts';
import { birth, japanese } from './birth.ts';
import { newSubject, Unfit, write, type Clock, type Desk, type Draft } from './event.ts';

const desk: Desk = { mode: 'drill', disaster: '01938f00-0000-7000-8000-00000000000d', municipality: '02203', actor: 'staff:01938f00-0000-7000-8000-0000000000ac', device: '01938f00-0000-7000-8000-0000000000de' };
const clock: Clock = { boot: '01938f00-0000-4000-8000-0000000000b0', mono: () => 61_234.6, wall: () => 1_764_300_000_123.4 };
const shelter = '01938f00-0000-7000-8000-0000000000fa';
const subject = '00112233445566778899aabbccddeeff';
const counts = { adults: 2, children: 1, infants: 1, wheelchair: 1 };
const event = '01938f00-0000-7000-8000-0000000000e0';

/** One of each kind, as the desk makes them. */
const DRAFTS: Draft[] = [
  { kind: 'check-in', subject, shelter, counts, stays: 'inside', assurance: 2, causes: [event], content: { household: { persons: [{ id: event, name: '八戸 一郎' }] }, situation: { here: [event] } } },
  { kind: 'check-in', subject, counts, stays: 'car' },
  { kind: 'count-only', subject, shelter, counts },
  { kind: 'leave', subject, shelter, causes: [event] },
  { kind: 'return', subject, shelter, counts, causes: [event] },
  { kind: 'check-out', subject, shelter, causes: [event], content: { to: '自宅' } },
  { kind: 'move', subject, shelter, other: '01938f00-0000-7000-8000-0000000000fb', causes: [event] },
  { kind: 'amend', subject, shelter, counts, causes: [event], content: { set: { '/household/mobile': '09000000000' } } },
  { kind: 'place', subject, shelter, content: { space: '体育館', room: 'A', bed: '12' } },
  { kind: 'link', subject, other: 'ffeeddccbbaa99887766554433221100' },
  { kind: 'unlink', subject, other: 'ffeeddccbbaa99887766554433221100' },
  { kind: 'void', subject, other: event },
  { kind: 'consent', subject },
  { kind: 'request', shelter, content: { items: [{ kind: 'infant-milk', count: 4 }] } },
  { kind: 'answer', shelter, other: event, content: { items: [], state: 'done' } },
  { kind: 'handout', subject, shelter, content: { rule: '朝食' } },
  { kind: 'sick', shelter, content: { words: '発熱', severity: 'watch' } },
  { kind: 'incident', shelter, content: { words: '停電', severity: 'watch' } },
  { kind: 'note', shelter, content: { words: '夜間は裏口を施錠' } },
  { kind: 'clock', observed: { of: 'trusted', at_ms: 1_764_300_000_500 } },
  { kind: 'clock', observed: { of: 'boot', boot: '01938f00-0000-4000-8000-0000000000b1', mono_ms: 42 } },
];
const hand = { seal: async (_: unknown, context: string) => ({ v: 1, sealed: context }), sign: async () => 'AAAA' };
const id = (i: number) => `01938f00-0000-7000-8000-${(0x1000 + i).toString(16).padStart(12, '0')}`;

async function vectors(): Promise<string> {
  let prev: string | undefined;
  const lines = [];
  for (const [i, draft] of DRAFTS.entries()) {
    const written = await write(draft, desk, clock, hand, prev, id(i));
    lines.push({ kind: draft.kind, body: written.body, hash: written.hash, prev: prev ?? null });
    prev = written.hash;
  }
  return `${JSON.stringify(lines, null, 1)}\n`;
}

describe('bodies of events', () => {
  it('are the ones that the program reads in its own test (BLESS=1 writes them anew)', async () => {
    const path = '../crates/disaster/reception/tests/vectors/desk-events.json';
    const fresh = await vectors();
    if (process.env.BLESS) writeFileSync(path, fresh);
    expect(readFileSync(path, 'utf8')).toBe(fresh);
  });

  it('have whole milliseconds, the hash of the very text, and nothing readable of the content', async () => {
    const { body, hash, event: made } = await write({ kind: 'note', shelter, content: { words: '秘密' } }, desk, clock, hand, undefined);
    expect(made).toMatchObject({ mono_ms: 61_235, wall_ms: 1_764_300_000_123, schema: 1, assurance: 0 });
    expect(hash).toBe(toHex(await sha256(utf8(body))));
    expect(body).not.toContain('秘密');
    expect(made.sealed).toEqual({ v: 1, sealed: `event:${made.id}` });
  });

  it('are refused before they are stored when no node would take them', async () => {
    const made = (draft: Draft) => write(draft, desk, clock, hand, undefined);
    await expect(made({ kind: 'check-in', subject })).rejects.toMatchObject({ why: 'missing' });
    await expect(made({ kind: 'void' })).rejects.toBeInstanceOf(Unfit);
    await expect(made({ kind: 'count-only', subject, counts: { ...counts, adults: 10_001 } })).rejects.toMatchObject({ why: 'too-many' });
    const many = { seal: async () => 'x'.repeat(70_000), sign: async () => '' };
    await expect(write({ kind: 'note', content: {} }, desk, clock, many, undefined)).rejects.toMatchObject({ why: 'too-large' });
  });

  it('never hold a My Number, whatever field it was typed into', async () => {
    const made = (content: unknown) => write({ kind: 'note', content }, desk, clock, hand, undefined);
    await expect(made({ household: { persons: [{ id: 'a', name: '甲', needs: { other: '番号 1234 5678 9018' } }] } })).rejects.toMatchObject({ why: 'my-number' });
    await expect(made({ household: { persons: [{ id: '123456789018', name: '甲' }], mobile: '123456789018' }, scanned: 'M2:123456789018' })).resolves.toBeDefined();
  });

  it('name at most 64 causes, each once, the newest', async () => {
    const causes = Array.from({ length: 80 }, (_, i) => id(i));
    const { event: made } = await write({ kind: 'leave', subject, causes: [...causes, ...causes.slice(0, 3)] }, desk, clock, hand, undefined);
    expect(made.causes).toEqual(causes.slice(-64));
  });

  it('a new household is 32 lower-case hex digits', () => {
    expect(newSubject()).toMatch(/^[0-9a-f]{32}$/);
    expect(newSubject()).not.toBe(newSubject());
  });
});

describe('the card', () => {
  it('counts by age on the day, and an unknown age as grown up', () => {
    const people = ['2020-11-29', '2020-11-28', '2008-11-29', '2008-11-28', undefined].map((date, i) => ({ id: String(i), name: '', ...(date ? { birth: date } : {}), needs: i === 4 ? { mobility: 'wheelchair' as const } : {} }));
    expect(countsOf(people, '2026-11-28')).toEqual({ infants: 1, children: 2, adults: 2, wheelchair: 1 });
    expect(age('2000-02-29', '2026-02-28')).toBe(25);
  });
  it('leaves out what nobody said and keeps every answer', () => {
    const card: Household = { persons: [{ id: 'a', name: '甲', kana: '', needs: { allergies: [], pregnant: false } }], mobile: '', pets: [{ kind: '犬', count: 0, comes: false }] };
    expect(said(card)).toEqual({ persons: [{ id: 'a', name: '甲', needs: { pregnant: false } }], pets: [{ kind: '犬', count: 0, comes: false }] });
    expect(said({ persons: [{ id: 'a', name: '甲', needs: { allergies: [''] } }] })).toEqual({ persons: [{ id: 'a', name: '甲' }] });
  });
  it('shows what cannot wait first', () => {
    expect(alarms({ mobility: 'wheelchair', oxygen: true, allergies: ['そば'], pregnant: false })).toEqual(['oxygen', 'wheelchair', 'allergy']);
    expect(alarms(undefined)).toEqual([]);
  });
});

describe('birth dates', () => {
  const today = '2026-11-28';
  it.each([
    ['S450312', '1970-03-12'], ['ｓ４５０３１２', '1970-03-12'], ['昭和45年3月12日', '1970-03-12'], ['h1.1.8', '1989-01-08'], ['S640107', '1989-01-07'],
    ['R010501', '2019-05-01'], ['令和元年5月1日', '2019-05-01'], ['T151224', '1926-12-24'], ['19700312', '1970-03-12'], ['1970/3/12', '1970-03-12'], ['h120229', '2000-02-29'],
  ])('%s', (typed, date) => expect(birth(typed, today)).toEqual({ date }));
  it.each([
    ['S4503', 'unfinished'], ['450312', 'unfinished'], ['S450231', 'no-such-day'], ['S000101', 'no-such-day'], ['R990101', 'future'], ['17000101', 'no-such-day'], ['H130229', 'no-such-day'],
  ])('%s is %s', (typed, problem) => expect(birth(typed, today)).toMatchObject({ date: null, problem }));
  it('昭和100年 is no day of 昭和, and the day that may be meant is offered', () => {
    expect(birth('S1000101', today)).toEqual({ date: null, problem: 'outside-era', meant: '2025-01-01' });
    expect(birth('昭和64年1月8日', today)).toEqual({ date: null, problem: 'outside-era', meant: '1989-01-08' });
  });
  it('nothing typed is nothing said', () => expect(birth(' ', today)).toBeUndefined());
  it('is read back in the era', () => {
    expect(japanese('1970-03-12')).toBe('昭和45年3月12日');
    expect(japanese('2019-05-01')).toBe('令和元年5月1日');
  });
});
