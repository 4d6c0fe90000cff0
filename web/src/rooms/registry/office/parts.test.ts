import { expect, it } from 'vitest';
import type { Attribute, Condition } from '../types.ts';
import { kindOf, KINDS, made, numbers, opsOf, partsOf, valueFor, withoutPart, withPart, withParts } from './parts.ts';

it('makes every kind of part, and a part can be exchanged and taken away', () => {
  for (const kind of KINDS) expect(kindOf(made(kind))).toBe(kind);
  const all = withParts(made('all'), [made('ask'), made('not')]);
  expect(partsOf(all).map(kindOf)).toEqual(['ask', 'not']);
  expect(partsOf(withPart(all, 0, made('any'))).map(kindOf)).toEqual(['any', 'not']);
  expect(partsOf(withoutPart(all, 0)).map(kindOf)).toEqual(['not']);
  const someone = withParts(made('someone'), [made('test')]) as Extract<Condition, { someone: unknown }>;
  expect([someone.someone.roles, kindOf(someone.someone.where)]).toEqual([['child'], 'test']);
});

it('offers only comparisons and values that fit', () => {
  const of = (kind: Attribute['kind']) => ({ kind, options: [{ id: 'a' }] }) as Attribute;
  expect([opsOf(of('flag')), opsOf(of('choice'))]).toEqual([['is'], ['is', 'in']]);
  expect([valueFor(of('choice'), 'in', []), valueFor(of('yen'), 'at_most', ['limit']), valueFor(of('count'), 'is', [])]).toEqual([['a'], { parameter: 'limit' }, 0]);
});

it('reads the figures of a table', () => {
  expect([numbers('690000, 1070000'), numbers('６９００００'), numbers('690,000、1,070,000'), numbers('約70万'), numbers('')]).toEqual([[690_000, 1_070_000], [690_000], [690_000, 1_070_000], null, null]);
});
