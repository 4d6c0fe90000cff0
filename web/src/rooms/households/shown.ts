/** The family's information in the words of the screens. */
import { areaByCode } from '$lib/areas.ts';
import { nameOf, t } from '$lib/i18n/index.svelte.ts';
import type { Language } from '$lib/text.ts';
import { age, inEra } from './birth.ts';
import { ASKED, SPOKEN, type Household, type Needs, type Person, type Pet } from './model.ts';

/** 「昭和25年1月5日（1950年）76歳」 */
export function born(date: string, today: string, language: Language): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const era = inEra(date);
  const values = { year, month, day, age: age(date, today) };
  if (language === 'en' || !era) return t('me.born.western', values);
  return t('me.born', { ...values, era: t(`me.era.${era.era}`), of_era: era.year === 1 ? t('me.era.first') : era.year });
}

/** What a form says of something: an unanswered question takes back an answer given before. */
type Said<T> = { [Key in keyof T]?: T[Key] | undefined };

export const withPerson = (household: Household, person: Person, said: Said<Person>): Household => ({ ...household, persons: household.persons.map((each) => (each.id === person.id ? ({ ...each, ...said } as Person) : each)) });
export const withNeeds = (household: Household, person: Person, said: Said<Needs>): Household => withPerson(household, person, { needs: { ...person.needs, ...said } as Needs });

/** What somebody needs, one phrase each; a no is said too, an unanswered question is not. */
export function needsOf({ needs = {} }: Person): string[] {
  const said: (string | undefined)[] = [
    needs.allergies?.length ? t('me.said.allergies', { list: needs.allergies.join('、') }) : undefined,
    needs.medicines?.length ? t('me.said.medicines', { list: needs.medicines.join('、') }) : undefined,
    needs.care && t(`me.care.${needs.care}`),
    ...(needs.disabilities ?? []).map((each) => t(`me.disability.${each}`)),
    needs.mobility && t(`me.mobility.${needs.mobility}`),
    ...ASKED.map((each) => (needs[each] === undefined ? undefined : needs[each] ? t(`me.has.${each}`) : t(`me.has_not.${each}`))),
    needs.language && t('me.said.language', { language: spoken(needs.language) }),
    needs.other,
  ];
  return said.filter((each): each is string => Boolean(each));
}

export const spoken = (code: string): string => ((SPOKEN as readonly string[]).includes(code) ? t(`me.spoken.${code as (typeof SPOKEN)[number]}`) : code);

/** Mobile numbers as people read them; other numbers part differently from town to town and stay as they are. */
export const phoneShown = (number: string): string => number.replace(/^(0[5789]0)(\d{4})(\d{4})$/, '$1-$2-$3');

export const petOf = ({ kind, count, comes }: Pet): string => t('me.said.pet', { kind, count }) + (comes === undefined ? '' : comes ? t('me.said.pet.comes') : t('me.said.pet.stays'));

export function addressOf({ postcode, municipality, address, neighbourhood }: Household): string {
  const area = municipality ? areaByCode(municipality) : undefined;
  const code = postcode ? `〒${postcode.slice(0, 3)}-${postcode.slice(3)}` : '';
  const town = area ? nameOf(area) : '';
  // People write the town into the address, or not.
  return [code, area && address?.includes(area.name) ? '' : town, address, neighbourhood ? t('me.said.neighbourhood', { name: neighbourhood }) : ''].filter(Boolean).join(' ');
}
