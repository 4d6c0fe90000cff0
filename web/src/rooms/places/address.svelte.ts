/** The filter in the address of the page: read from it, written to it, without a new entry in the history. */
import { goto } from '$app/navigation';
import { page } from '$app/state';
import { fromUrl, toUrl, type Filter } from './filter.ts';

export const theFilter = (): Filter => fromUrl(page.url.searchParams);

/** `also` adds what else the page keeps in its address. */
export function setFilter(filter: Filter, also: (address: string) => string = (address) => address): void {
  void goto(`${page.url.pathname}${also(toUrl(filter))}`, { replaceState: true, keepFocus: true, noScroll: true });
}
