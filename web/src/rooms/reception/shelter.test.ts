import { describe, expect, it } from 'vitest';
import { overlaid, unknownCard, type Local } from './cards.ts';
import type { Body, Kind } from './event.ts';
import { check, given, limits, often, portions, standing, type Rule } from './handout.ts';
import { isOpen, merged } from './log.ts';
import type { LogLine } from './shelter.ts';

const NOON = Date.parse('2025-12-09T12:00:00+09:00');
const MINUTE = 60_000;

const local = (id: string, kind: Kind, more: Partial<Body> = {}, content?: Record<string, unknown>): Local => ({
  event: { id, kind, schema: 1, mode: 'live', disaster: 'd', municipality: '02203', shelter: 's', actor: 'desk', device: 'x', boot: 'b', mono_ms: 0, wall_ms: NOON, assurance: 0, ...more },
  content,
});
const adults = (count: number) => ({ adults: count, children: 0, infants: 0, wheelchair: 0 });
const rule: Rule = { id: 'r', by: 'e', name: '朝食', kind: 'meal', ...limits('meal'), who: 'person', meant: 'all' };

describe('a checkpoint', () => {
  it('warns as the nodes do', () => {
    const at = (...minutes: number[]) => minutes.map((each) => NOON - each * MINUTE);
    expect(check(rule, at(), new Date(NOON))).toEqual([]);
    expect(check(rule, at(239), new Date(NOON))).toEqual(['too-soon']);
    expect(check(rule, at(240), new Date(NOON))).toEqual([]);
    const daily = { ...rule, min_minutes: undefined, per_day: 1 } as unknown as Rule;
    expect(check(daily, at(60), new Date(NOON))).toEqual(['too-many-today']);
    expect(check(daily, at(13 * 60), new Date(NOON))).toEqual([]);
    const once = { ...rule, min_minutes: undefined, in_all: 1 } as unknown as Rule;
    expect(check(once, at(40 * 24 * 60), new Date(NOON))).toEqual(['too-many-in-all']);
    expect((['meal', 'day', 'once', 'free'] as const).map((each) => often({ ...rule, min_minutes: undefined, ...limits(each) } as unknown as Rule))).toEqual(['meal', 'day', 'once', 'free']);
  });

  it('is what the node tells and what this page said since', () => {
    const said = { name: '昼食', kind: 'meal', who: 'person', meant: 'all' } as const;
    expect(standing([rule], [local('n', 'rule', { other: 'q', rule: said })]).map(({ name }) => name)).toEqual(['朝食', '昼食']);
    const end = local('n', 'rule', { other: 'r', rule: { ...said, ended: true }, causes: ['e'] });
    expect(standing([rule], [end])).toEqual([]);
    // The node heard of something newer than what this page changed.
    expect(standing([{ ...rule, by: 'newer' }], [end]).map(({ name }) => name)).toEqual(['朝食']);
    // Told already: nothing twice.
    expect(standing([{ ...rule, by: 'n' }], [local('n', 'rule', { other: 'r', rule: said, causes: ['e'] })])).toHaveLength(1);
  });

  it('counts what was given by it and for how many it is', () => {
    const card = overlaid(unknownCard('a'), [local('1', 'handout', { subject: 'a', other: 'r' }), local('2', 'handout', { subject: 'a', other: 'q' })]);
    expect(given(card.history, rule).map(({ id }) => id)).toEqual(['1']);
    expect(portions(rule, null, undefined, 4, '2025-12-09')).toBe(4);
    expect(portions({ ...rule, meant: 'infants' }, null, undefined, 4, '2025-12-09')).toBeNull();
    expect(portions({ ...rule, who: 'household' }, null, undefined, 4, '2025-12-09')).toBe(1);
  });
});

describe('who is out', () => {
  const here = (locals: Local[]) => {
    const { presence, counts, out } = overlaid(unknownCard('a'), [local('1', 'check-in', { subject: 'a', counts: adults(3) }), ...locals]);
    return [presence, counts?.adults, out.adults];
  };
  const some = local('2', 'leave', { subject: 'a', counts: adults(2) }, { set: { '/situation/out': ['p'] } });
  it('is counted as the fold of the nodes counts it', () => {
    expect(here([some])).toEqual(['in', 2, 1]);
    expect(here([some, local('3', 'return', { subject: 'a' })])).toEqual(['in', 3, 0]);
    expect(here([some, local('3', 'leave', { subject: 'a' })])).toEqual(['away', 3, 0]);
    expect(here([local('2', 'leave', { subject: 'a' }), local('3', 'return', { subject: 'a', counts: adults(1) })])).toEqual(['in', 1, 2]);
    expect(here([some, local('3', 'check-out', { subject: 'a', counts: adults(1) })])).toEqual(['in', 1, 1]);
    expect(here([some, local('3', 'check-in', { subject: 'a', counts: adults(2) })])).toEqual(['in', 2, 0]);
    expect(here([some, local('3', 'void', { subject: 'a', other: '2' })])).toEqual(['in', 3, 0]);
  });

  it('is nobody once all came back, also at a desk that cannot read who was out', () => {
    const out = (locals: Local[]) => overlaid(unknownCard('a'), [local('1', 'check-in', { subject: 'a', counts: adults(3) }), some, ...locals]).situation.out;
    expect(out([])).toEqual(['p']);
    expect(out([local('3', 'return', { subject: 'a' })])).toBeUndefined();
    expect(out([local('3', 'return', { subject: 'a', counts: adults(2) })])).toEqual(['p']);
  });
});

describe('the log of a shelter', () => {
  const line = (id: string, more: Partial<LogLine> = {}): LogLine => ({ id, kind: 'note', subject: null, at: '2025-12-09T11:00:00+09:00', other: null, words: { words: id }, name: null, state: null, answers: 0, ...more });
  it('has everything once, newest first, and what this page answered', () => {
    const asked = line('q', { kind: 'request', state: 'asked' });
    const entries = merged([line('n'), asked], [local('n', 'note'), local('m', 'note', {}, { words: 'm' }), local('a', 'answer', { other: 'q' }, { state: 'done' })]);
    expect(entries.map(({ id }) => id)).toEqual(['m', 'a', 'n', 'q']);
    const request = entries.find(({ id }) => id === 'q');
    expect([request?.state, request?.answers, request && isOpen(request)]).toEqual(['done', 1, false]);
    expect(merged([line('n')], [local('v', 'void', { other: 'n' })])).toEqual([]);
  });

  it('of a locked kit has no words, and what nobody answered stays open', () => {
    expect([isOpen({ state: null, answers: 0 }), isOpen({ state: null, answers: 1 }), isOpen({ state: 'arranged', answers: 1 })]).toEqual([true, false, true]);
  });
});
