/** The form for a household that comes to the desk: as typed, and the card it makes. Unknown stays unknown. */
import { newId } from '$lib/ids.ts';
import { birth } from './birth.ts';
import { countsOf, said, type Counts, type Household, type Needs, type Person, type Sex, type Situation, type Skill, type Stays } from './card.ts';
import { parted } from './kana.ts';

export const MOST_PERSONS = 40;

export interface TypedPerson {
  id: string;
  name: string;
  kana: string;
  birth: string;
  sex: Sex | '';
  relation: string;
  needs: Needs;
  /** Typed here or known before; a family member may be elsewhere. */
  here: boolean;
  skills: Skill[];
}

export type Answer = 'yes' | 'no' | '';

export interface Form {
  persons: TypedPerson[];
  neighbourhood: string;
  postcode: string;
  address: string;
  landline: string;
  mobile: string;
  contactName: string;
  contactPhone: string;
  pets: string;
  petComes: Answer;
  vehicle: string;
  stays: Stays;
  allHere: Answer;
  missing: string;
  damage: string[];
  lifelines: string[];
  publish: Answer;
  remarks: string;
}

/** What a form does not show stays as it was. */
export interface Kept {
  household?: Household;
  situation?: Situation;
}

export const newPerson = (surname = ''): TypedPerson => ({ id: newId(), name: surname ? `${surname} ` : '', kana: '', birth: '', sex: '', relation: '', needs: {}, here: true, skills: [] });

export const newForm = (stays: Stays): Form => ({
  persons: [newPerson()], neighbourhood: '', postcode: '', address: '', landline: '', mobile: '', contactName: '', contactPhone: '', pets: '', petComes: '',
  vehicle: '', stays, allHere: '', missing: '', damage: [], lifelines: [], publish: '', remarks: '',
});

/** The next row, with the surname of the row above. */
export const nextPerson = (persons: readonly TypedPerson[]): TypedPerson => newPerson(parted(persons.at(-1)?.name ?? '').surname);

/** A row in which nothing but the proposed surname stands. */
export function isEmpty({ name, kana, birth, sex, needs }: TypedPerson, before: TypedPerson | undefined): boolean {
  const proposed = parted(before?.name ?? '').surname;
  return (name.trim() === '' || name.trim() === proposed) && kana === '' && birth === '' && sex === '' && Object.keys(said(needs)).length === 0;
}

export interface Made {
  household: Household;
  situation: Situation;
  counts: Counts;
}

/** The card. A birth date that is none goes into the remarks as it was said (`unread` writes that), so that nothing is lost. */
export function made(form: Form, today: string, consentText: string, unread: (name: string, typed: string) => string, kept: Kept = {}): Made {
  const typed = form.persons.filter((person, i) => !isEmpty(person, form.persons[i - 1]));
  const notes: string[] = [];
  const persons = typed.map((person): Person => {
    const date = birth(person.birth, today);
    if (date?.date === null) notes.push(unread(person.name.trim(), person.birth.trim()));
    const before = kept.household?.persons.find(({ id }) => id === person.id);
    const { id, name, kana, relation, needs, skills } = person;
    return { ...before, id, name: tidy(name), kana: tidy(kana), birth: date?.date ?? undefined, sex: person.sex || undefined, relation: relation.trim(), needs, skills } as Person;
  });
  const here = typed.filter((person) => person.here).map(({ id }) => id);
  const household: Household = said({ ...kept.household, persons, ...plain(form, kept.household), remarks: [form.remarks.trim(), ...notes].filter(Boolean).join('\n') } as Household);
  const situation: Situation = {
    ...said({ ...kept.situation, missing: missing(form.missing), all_evacuated: answer(form.allHere), damage: form.damage, lifelines: form.lifelines, publish: answer(form.publish) } as Situation),
    ...(form.publish ? { consent_text: consentText } : {}),
    here,
  };
  return { household: { ...household, persons: household.persons ?? [] }, situation, counts: countsOf(persons.filter(({ id }) => here.includes(id) && !kept.situation?.out?.includes(id)), today) };
}

/** A form with what a card says, for corrections. */
export function formOf(household: Household, situation: Situation, stays: Stays): Form {
  const here = situation.here;
  const persons = household.persons.map((person): TypedPerson => ({
    id: person.id, name: person.name, kana: person.kana ?? '', birth: (person.birth ?? '').replaceAll('-', ''), sex: person.sex ?? '', relation: person.relation ?? '',
    needs: structuredClone(person.needs ?? {}), here: here ? here.includes(person.id) : true, skills: [...(person.skills ?? [])],
  }));
  const [contact] = household.emergency ?? [];
  const [pet] = household.pets ?? [];
  return {
    ...newForm(stays), persons: persons.length > 0 ? persons : [newPerson()],
    neighbourhood: household.neighbourhood ?? '', postcode: household.postcode ?? '', address: household.address ?? '', landline: household.landline ?? '', mobile: household.mobile ?? '',
    contactName: contact?.name ?? '', contactPhone: contact?.phone ?? '', pets: (household.pets ?? []).map(({ kind, count }) => `${kind}${count}`).join(' '), petComes: asked(pet?.comes), vehicle: household.vehicle ?? '',
    allHere: asked(situation.all_evacuated), missing: (situation.missing ?? []).map(({ name, age }) => [name, age].filter(Boolean).join(' ')).join('、'),
    damage: [...(situation.damage ?? [])], lifelines: [...(situation.lifelines ?? [])], publish: asked(situation.publish), remarks: household.remarks ?? '',
  };
}

function plain(form: Form, before: Household | undefined): Partial<Household> {
  const digits = (text: string) => text.normalize('NFKC').replace(/[^\d+]/g, '');
  // The form shows the first contact; the others stay.
  const [first, ...others] = before?.emergency ?? [];
  const contact = { ...first, name: form.contactName.trim(), phone: digits(form.contactPhone) };
  return {
    neighbourhood: form.neighbourhood.trim(), postcode: digits(form.postcode), address: form.address.trim(), landline: digits(form.landline), mobile: digits(form.mobile),
    emergency: contact.name || contact.phone ? [contact, ...others] : others, pets: pets(form.pets, answer(form.petComes)), vehicle: form.vehicle.trim(),
  };
}

/** 「犬1 猫2」, 「犬」 */
export function pets(text: string, comes: boolean | undefined): NonNullable<Household['pets']> {
  const words = text.normalize('NFKC').split(/[\s、,]+/).filter(Boolean);
  return words.map((word) => {
    const [, kind = word, count = '1'] = /^(\D+)(\d{1,2})\D*$/.exec(word) ?? [];
    return { kind, count: Number(count), ...(comes === undefined ? {} : { comes }) };
  });
}

function missing(text: string): NonNullable<Situation['missing']> {
  const each = text.normalize('NFKC').split(/[、,\n]+/).map((part) => part.trim()).filter(Boolean);
  return each.map((part) => {
    const [, name = part, age] = /^(.*?)\s*(\d{1,3})\s*\D{0,2}$/.exec(part) ?? [];
    return { name: name.trim(), ...(age ? { age } : {}) };
  });
}

const tidy = (text: string): string => text.trim().replace(/[\s　]+/g, ' ');
const answer = (said: Answer): boolean | undefined => (said === '' ? undefined : said === 'yes');
const asked = (known: boolean | undefined): Answer => (known === undefined ? '' : known ? 'yes' : 'no');
