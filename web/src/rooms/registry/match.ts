/** All programmes for one household, from the public documents: whose area covers it, and a municipality's in the place of the nation's. */
import { decide } from './decide.ts';
import { isSettled, type Dictionary, type Facts } from './facts.ts';
import type { Content, Decision, ProgrammesDocument, Reason } from './types.ts';

export interface InForce {
  programme: string;
  key: string;
  area: string;
  content: Content;
}
export interface Matched extends InForce {
  decision: Decision;
}

/** What holds on a day. */
export function inForce(documents: readonly ProgrammesDocument[], on: string): InForce[] {
  return documents.flatMap(({ programmes }) =>
    programmes.flatMap(({ programme, key, area, versions }) => {
      const version = versions.find(({ valid_from, valid_until }) => valid_from <= on && (valid_until === null || on <= valid_until));
      return version ? [{ programme, key, area, content: version.content }] : [];
    }),
  );
}

const nearness = (area: string): number => (area === '00' ? 1 : area === '02' ? 2 : 3);

function covers(area: string, facts: Facts): 'no' | 'check' | 'yes' {
  if (area === '00') return 'yes';
  const home = facts.household.get('municipality') ?? [-Infinity, Infinity];
  if (!isSettled(home)) return 'check';
  return area === '02' || Number(area) === home[0] ? 'yes' : 'no';
}

export function decideOne(dictionary: Dictionary, one: InForce, facts: Facts, on: string): Decision {
  const covered = covers(one.area, facts);
  const decision = decide(dictionary, one.content.rule, facts, on);
  if (covered === 'yes' || (covered === 'check' && decision.verdict === 'no')) return decision;
  const home: Reason = { attribute: 'municipality', what: null, person: null, said: covered, source: { text: '', law: '' } };
  const reasons = decision.verdict === 'yes' ? [] : decision.reasons;
  return { ...decision, verdict: 'check', reasons: [home, ...reasons], missing: [{ attribute: 'municipality', person: null }, ...decision.missing] };
}

/** Every programme of where the household lives with its answer; of one key only the nearest. */
export function matchAll(dictionary: Dictionary, programmes: readonly InForce[], facts: Facts, on: string): Matched[] {
  const nearest = new Map<string, number>();
  for (const { key, area } of programmes) {
    if (covers(area, facts) === 'yes') nearest.set(key, Math.max(nearest.get(key) ?? 0, nearness(area)));
  }
  return programmes.filter(({ key, area }) => covers(area, facts) !== 'no' && nearness(area) >= (nearest.get(key) ?? 0)).map((one) => ({ ...one, decision: decideOne(dictionary, one, facts, on) }));
}
