/** The public documents of the registry: dictionary, and the programmes of nation, prefecture and the chosen municipality. */
import { useDocument } from '$lib/live/documents.svelte.ts';
import { now } from '$lib/now.svelte.ts';
import { settings } from '$lib/settings.svelte.ts';
import { today } from '$rooms/households/birth.ts';
import { known, support, type Known } from './support.svelte.ts';
import type { AttributesDocument, ProgrammesDocument } from './types.ts';

export function useRegistry(): { readonly known: Known | undefined; readonly missing: boolean; readonly on: string } {
  const attributes = useDocument<AttributesDocument>(() => 'registry/attributes');
  const nation = useDocument<ProgrammesDocument>(() => 'registry/programmes/00');
  const prefecture = useDocument<ProgrammesDocument>(() => 'registry/programmes/02');
  const home = $derived(support.profile.household.municipality ?? settings.area);
  const municipality = useDocument<ProgrammesDocument>(() => (typeof home === 'string' ? `registry/programmes/${home}` : null));
  const on = $derived(today(now()));
  const found = $derived(known(attributes.current?.data, [nation.current, prefecture.current, municipality.current], on));
  const missing = $derived(!found && nation.current?.trouble !== null && nation.current?.trouble !== undefined);
  return {
    get known() {
      return found;
    },
    get missing() {
      return missing;
    },
    get on() {
      return on;
    },
  };
}
