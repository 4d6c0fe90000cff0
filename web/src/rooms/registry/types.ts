/** Programmes and conditions as the public documents hold them (`registry/…`): the same shapes as the server's model. */
import type { Text } from '$lib/text.ts';

export type Verdict = 'no' | 'check' | 'yes';
export type Topic = 'family' | 'disaster';
export type Kind = 'flag' | 'choice' | 'count' | 'yen' | 'day' | 'municipality';
export type Op = 'is' | 'in' | 'at_least' | 'more_than' | 'at_most' | 'less_than';
export type Unit = 'month' | 'year' | 'once' | 'loan' | 'ceiling';

export interface Attribute {
  id: string;
  scope: 'household' | 'person';
  kind: Kind;
  label: Text;
  ask: Text;
  options: { id: string; label: Text }[];
  basis: string | null;
  derived: string | null;
  programme: string | null;
  most: number | null;
}

export interface Source {
  text: string;
  law: string;
  url?: string;
  from?: string;
  until?: string;
}
export interface Figure {
  parameter: string;
  by?: string;
}
export type Value = boolean | number | string | string[] | Figure;
export interface Test {
  attribute: string;
  op: Op;
  value: Value;
  source: Source;
}
export interface Someone {
  roles: string[];
  where: Condition;
  at_least: number;
}
export interface BirthOrder {
  op: Op;
  value: number;
  among: Condition;
  source: Source;
}
export interface Ask {
  what: Text;
  source: Source;
}
export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | { test: Test } | { someone: Someone } | { order: BirthOrder } | { ask: Ask };

export interface Dated {
  from: string;
  value: number[] | null;
  step?: number;
  source: Source;
}
export interface Money {
  least: Figure;
  most?: Figure;
  times?: string;
}
export interface Amount {
  label: Text;
  unit: Unit;
  each?: { roles: string[]; where: Condition };
  rows: { when?: Condition; money?: Money }[];
}
export interface Rule {
  condition: Condition;
  amounts: Amount[];
  parameters: Record<string, Dated[]>;
}

export type End = number | string;
export type Given = boolean | number | string | { min?: End; max?: End };
export type Answers = Record<string, Given>;
export interface Profile {
  household: Answers;
  people: Answers[];
  complete: boolean;
}

export interface Case {
  name: string;
  on: string;
  profile: Partial<Profile>;
  verdict: Verdict;
  amounts?: { least: number | null; most: number | null }[];
}
export interface Content {
  topic: Topic;
  record: Record<string, unknown>;
  plain?: Text;
  deadline?: Text;
  unsure?: string;
  rule: Rule;
  cases: Case[];
}
export interface PublishedVersion {
  version: string;
  number: number;
  valid_from: string;
  valid_until: string | null;
  content: Content;
}
export interface PublishedProgramme {
  programme: string;
  key: string;
  area: string;
  versions: PublishedVersion[];
}
export interface ProgrammesDocument {
  area: string;
  programmes: PublishedProgramme[];
}
export interface AttributesDocument {
  attributes: Attribute[];
}

export interface Reason {
  attribute: string | null;
  what: Text | null;
  person: number | null;
  said: Verdict;
  source: Source;
}
export interface Missing {
  attribute: string;
  person: number | null;
}
export interface Yen {
  label: Text;
  unit: Unit;
  least: number | null;
  most: number | null;
}
export interface Decision {
  verdict: Verdict;
  reasons: Reason[];
  missing: Missing[];
  amounts: Yen[];
}
