/** Words of the office's notices. */
import { AREAS } from '$lib/areas.ts';
import { nameOf, t } from '$lib/i18n/index.svelte.ts';
import type { Mode } from '$lib/site.svelte.ts';
import type { Text } from '$lib/text.ts';

const NAMED = 5;

/** 八戸市、階上町, or the first few and how many. */
export function placesOf(codes: readonly string[]): string {
  const areas = AREAS.filter(({ code }) => codes.includes(code));
  const names = areas.slice(0, NAMED).map(nameOf).join('、');
  return areas.length > NAMED ? t('notices.places.and_more', { names, count: areas.length }) : names;
}

/** As the server will mark it: a drill begins so in every language. */
export function marked({ ja, easy, en }: Text, mode: Mode): Text {
  const mark = t('drill.mark').replace('[DRILL] ', '');
  return mode === 'drill' ? { ja: mark + ja, easy: mark + easy, en: `${mark}[DRILL] ${en}` } : { ja, easy, en };
}
