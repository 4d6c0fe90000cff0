/** Both evaluators decide alike: the cases of the starting set, and twenty thousand made households by their digests. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ageMonths, ageYears, schoolAge } from './calendar.ts';
import { decide } from './decide.ts';
import { Dictionary, readFacts } from './facts.ts';
import { inForce, matchAll } from './match.ts';
import { nextQuestion } from './question.ts';
import type { Answers, Attribute, Content, Decision, Given, Profile } from './types.ts';

const CRATE = '../crates/family/registry';
const json = <T>(name: string) => JSON.parse(readFileSync(`${CRATE}/${name}`, 'utf8')) as T;

interface Started {
  key: string;
  area: string;
  valid_from: string;
  valid_until?: string;
  content: Content;
}
const rows = json<Partial<Attribute>[]>('attributes.json');
const dictionary = new Dictionary(rows.map((row) => ({ options: [], basis: null, derived: null, programme: null, most: null, ...row }) as Attribute));
const seed = readFileSync(`${CRATE}/src/seed.rs`, 'utf8');
const names = [...seed.matchAll(/programmes\/(\w+)\.json/g)].map(([, name]) => name ?? '');
const started = names.map((name) => {
  const one = json<Started>(`programmes/${name}.json`);
  return { ...one, content: { ...one.content, rule: { ...one.content.rule, amounts: one.content.rule.amounts ?? [], parameters: one.content.rule.parameters ?? {} } } };
});

describe('conditions', () => {
  it('decide every case of the starting set as expected', () => {
    expect(names).toHaveLength(readdirSync(`${CRATE}/programmes`).length);
    for (const { key, content } of started) {
      for (const each of content.cases) {
        const got = decide(dictionary, content.rule, readFacts(dictionary, each.profile, each.on), each.on);
        expect([key, each.name, got.verdict]).toEqual([key, each.name, each.verdict]);
        if (each.amounts) expect([each.name, got.amounts.map(({ least, most }) => ({ least, most }))]).toEqual([each.name, each.amounts]);
      }
    }
  });

  it('decide made households as the server does', () => {
    const vectors = json<{ seed: number; block: number; days: string[]; homes: string[]; digests: string[] }>('vectors.json');
    const numbers = new Numbers(vectors.seed);
    const found = vectors.digests.map(() => {
      let hash = 2_166_136_261;
      for (let n = 0; n < vectors.block; n += 1) {
        const on = vectors.days[n % 2] ?? '';
        const facts = readFacts(dictionary, household(numbers, on, vectors.homes), on);
        const hold = started.filter((one) => one.valid_from <= on && (one.valid_until === undefined || on <= one.valid_until));
        hash = fnv(hash, said(hold.map(({ key, content }) => [key, decide(dictionary, content.rule, facts, on)])));
      }
      return hash.toString(16).padStart(8, '0');
    });
    expect(found).toEqual(vectors.digests);
  }, 120_000);

  it('give a municipality the place of the nation for its own people', () => {
    const own = { ...started[0]!, area: '02203' };
    const published = [started[0]!, own].map(({ key, area, valid_from, content }) => ({ area, programmes: [{ programme: area, key, area, versions: [{ version: area, number: 1, valid_from, valid_until: null, content }] }] }));
    const programmes = inForce(published, '2026-11-28');
    const of = (municipality?: string) => matchAll(dictionary, programmes, readFacts(dictionary, { household: municipality ? { municipality } : {} }, '2026-11-28'), '2026-11-28').map(({ area }) => area);
    expect([of('02203'), of('02201'), of()]).toEqual([['02203'], ['00'], ['00', '02203']]);
  });
});

it('ages are reached on the day before the birthday', () => {
  expect([ageYears('2020-05-10', '2023-05-09'), ageYears('2020-02-29', '2021-02-28'), ageMonths('2026-01-31', '2026-02-28')]).toEqual([3, 1, 1]);
  expect([schoolAge('2020-04-01', '2026-04-01'), schoolAge('2020-04-02', '2026-04-01'), schoolAge('2008-04-01', '2026-03-31')]).toEqual([6, 5, 17]);
});

class Numbers {
  #state: number;
  constructor(state: number) {
    this.#state = state;
  }
  below(below: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#state >>> 8) % below;
  }
}

function made(attribute: Attribute, numbers: Numbers, on: string, homes: string[]): Given | undefined {
  const how = numbers.below(4);
  if (how === 0) return undefined;
  if (how === 1 && (attribute.kind === 'count' || attribute.kind === 'yen')) {
    const [most, width] = attribute.kind === 'yen' ? [3_000_000, 2_000_000] : [4, 3];
    const min = numbers.below(most ?? 0);
    return { min, max: min + numbers.below(width ?? 0) };
  }
  if (attribute.kind === 'flag') return numbers.below(2) === 1;
  if (attribute.kind === 'choice') return attribute.options[numbers.below(attribute.options.length)]?.id;
  if (attribute.kind === 'count') return numbers.below(6);
  if (attribute.kind === 'yen') return numbers.below(8_000_000);
  if (attribute.kind === 'municipality') return homes[numbers.below(3)];
  return new Date(Date.parse(`${on}T00:00:00Z`) - numbers.below(9_000) * 86_400_000).toISOString().slice(0, 10);
}

function household(numbers: Numbers, on: string, homes: string[]): Profile {
  const answers = (scope: string): Answers => {
    const given: Answers = {};
    for (const each of dictionary.all.filter((one) => one.scope === scope && !one.derived)) {
      const one = made(each, numbers, on, homes);
      if (one !== undefined) given[each.id] = one;
    }
    return given;
  };
  const whole = answers('household');
  const people = Array.from({ length: numbers.below(5) }, () => answers('person'));
  return { household: whole, people, complete: numbers.below(3) !== 0 };
}

function said(decisions: [string, Decision][]): string {
  const who = (person: number | null) => (person === null ? '' : String(person));
  const lines = decisions.map(([key, { verdict, amounts, missing, reasons }]) => {
    const paid = amounts.map(({ least, most }) => `${least ?? '?'}-${most ?? '?'}`).join(',');
    return `${key}:${verdict}:${paid}:${missing.map((one) => `${one.attribute}@${who(one.person)}`).join(',')}:${reasons.length}|`;
  });
  const next = nextQuestion(dictionary, decisions.map(([, decision]) => decision), []);
  return lines.join('') + (next ? `${next.attribute}@${who(next.person)}` : '');
}

const fnv = (hash: number, text: string): number => Array.from(text).reduce((sum, c) => Math.imul(sum ^ c.charCodeAt(0), 16_777_619) >>> 0, hash);
