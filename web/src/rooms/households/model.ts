/** What a family says of itself (マイ避難情報), as the program's `households::Household` has it. What nobody said is absent, never false. Pure. */
import type { components } from '$lib/api/schema.d.ts';
import { newId } from '$lib/ids.ts';

export const CARES = ['support1', 'support2', 'care1', 'care2', 'care3', 'care4', 'care5'] as const satisfies Care[];
export const DISABILITIES = ['body', 'sight', 'hearing', 'speech', 'inner', 'intellect', 'mind', 'development'] as const satisfies Disability[];
export const MOBILITIES = ['walks', 'stick', 'wheelchair', 'bedridden'] as const satisfies Mobility[];
export const PROFESSIONS = ['doctor', 'nurse', 'pharmacist', 'midwife', 'care-worker', 'teacher', 'childcare', 'interpreter', 'sign-language'] as const satisfies Skill[];
export const SEXES = ['female', 'male', 'other'] as const satisfies Sex[];
/** Questions that are answered with yes, no, or not at all. */
export const ASKED = ['pregnant', 'infant_goods', 'dialysis', 'oxygen'] as const;
/** Languages in which a desk may have to speak, beside Japanese; codes of BCP 47. */
export const SPOKEN = ['en', 'zh', 'ko', 'vi', 'tl', 'id', 'ne', 'my', 'pt', 'jsl'] as const;

export const MOST_PERSONS = 40;
export const LONGEST_NAME = 80;
export const LONGEST_TEXT = 500;
export const MOST_OF_A_LIST = 20;

type Schemas = components['schemas'];
/** As the family says it: members may be absent, and none is null. */
type Said<T> = T extends (infer Item)[] ? Said<Item>[] : T extends object ? { [Key in keyof T]: Said<Exclude<T[Key], null>> } : T;

export type Needs = Partial<Said<Schemas['Needs']>>;
export type Person = Omit<Said<Schemas['Person']>, 'needs'> & { needs?: Needs };
export type Household = Partial<Omit<Said<Schemas['Household']>, 'persons'>> & { persons: Person[] };
export type Contact = Said<Schemas['Contact']>;
export type Pet = Said<Schemas['Pet']>;
export type Sex = Schemas['Sex'];
export type Care = Schemas['Care'];
export type Mobility = Schemas['Mobility'];
export type Disability = Schemas['Disability'];
export type Skill = Schemas['Skill'];

/**
 * An id for one more person. Those of a family differ in their last two digits alone: unique as the first of them, and
 * short where a code on a screen must hold them all.
 */
export function personId(family: readonly { id: string }[]): string {
  const [first] = family;
  if (!first) return newId();
  const taken = new Set(family.map(({ id }) => id));
  const free = Array.from({ length: 256 }, (_, i) => first.id.slice(0, -2) + i.toString(16).padStart(2, '0')).find((id) => !taken.has(id));
  return free ?? newId();
}

/** Without empty members at any depth: what was left open stays unsaid. Names are kept as they were typed but for blanks around them. */
export function tidied(household: Household): Household {
  return { ...(pruned(household) as Partial<Household> | undefined), persons: household.persons.map((person) => ({ ...(pruned(person) as Partial<Person> | undefined), id: person.id, name: person.name.trim() })) };
}

function pruned(value: unknown): unknown {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim();
  if (Array.isArray(value)) {
    const kept = value.map(pruned).filter((each) => each !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (value === null || typeof value !== 'object') return value ?? undefined;
  const kept = Object.entries(value).map(([name, member]) => [name, pruned(member)] as const).filter(([, member]) => member !== undefined);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

export const silent = (needs: Needs | undefined): boolean => pruned(needs ?? {}) === undefined;

/** The lines of a text area: one entry each, at most as many as a list takes. */
export const linesOf = (text: string): string[] => text.split(/[\n、,]/).map((line) => line.trim().slice(0, LONGEST_NAME)).filter((line) => line !== '').slice(0, MOST_OF_A_LIST);

/** Digits as the card has them: full-width ones and separators count the same. */
export const digitsOf = (typed: string): string => typed.normalize('NFKC').replace(/\D/g, '');

/** A telephone number as digits, 0 and nine or ten more, or `+` and another country's; `undefined` where it is none. */
export function phoneOf(typed: string): string | undefined {
  const number = typed.normalize('NFKC').replace(/[\s\-‐‑‒–—―−ー().]/g, '').replace(/^\+810?/, '0');
  return number === '' || /^(0\d{9,10}|\+\d{7,15})$/.test(number) ? number : undefined;
}

/** A reading in hiragana, whatever kana it was typed in; `undefined` where it is no kana. */
export function kanaOf(typed: string): string | undefined {
  const kana = typed.normalize('NFKC').trim().replace(/[ァ-ヶ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60));
  return /^[ぁ-ゖーゝゞ・ ]*$/.test(kana) ? kana : undefined;
}

/** Where two versions of a family's information differ, by the steps of the form. */
export function differing(mine: Household, theirs: Household): Part[] {
  const [a, b] = [tidied(mine), tidied(theirs)];
  return PARTS.filter((part) => canonical(partOf(a, part)) !== canonical(partOf(b, part)));
}

export const PARTS = ['persons', 'contact', 'emergency', 'pets', 'preferred', 'remarks'] as const;
export type Part = (typeof PARTS)[number];

function partOf(of: Household, part: Part): unknown {
  switch (part) {
    case 'persons': return of.persons;
    case 'contact': return [of.municipality, of.neighbourhood, of.postcode, of.address, of.landline, of.mobile];
    case 'emergency': return of.emergency;
    case 'pets': return [of.pets, of.vehicle];
    case 'preferred': return of.preferred;
    case 'remarks': return of.remarks;
  }
}

/** The same text for the same content, whatever the order of its members. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member) ?? '';
}
