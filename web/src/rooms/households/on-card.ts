/** What stands on a printed card: always in Japanese, for the desk; the labels say it in the family's language too. Pure. */
import { age, inEra } from './birth.ts';
import type { Household, Person } from './model.ts';

/** How much of what the family said is printed: paper is read by whoever finds it. */
export type Filling = 'blank' | 'names' | 'all';

/** S25.1.5, as on forms. */
const LETTERS = { reiwa: 'R', heisei: 'H', showa: 'S', taisho: 'T', meiji: 'M' } as const;
const LEAST_ROWS = 6;

export interface Row {
  name: string;
  kana: string;
  birth: string;
  age: string;
  sex: Person['sex'] | null;
  relation: string;
}

export function onForms(date: string): string {
  const era = inEra(date);
  const [, month, day] = date.split('-').map(Number);
  return era ? `${LETTERS[era.era]}${era.year}.${month}.${day}` : date;
}

const EMPTY: Row = { name: '', kana: '', birth: '', age: '', sex: null, relation: '' };

/** The people, and empty lines for those who come along. */
export function rowsOf(household: Household, filling: Filling, today: string): Row[] {
  const people = filling === 'blank' ? [] : household.persons;
  const rows = people.map(({ name, kana, birth, sex, relation }): Row => ({ name, kana: kana ?? '', birth: birth ? onForms(birth) : '', age: birth ? String(age(birth, today)) : '', sex: sex ?? null, relation: relation ?? '' }));
  return [...rows, ...Array.from({ length: Math.max(1, LEAST_ROWS - rows.length) }, () => EMPTY)];
}
