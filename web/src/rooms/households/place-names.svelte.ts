/** Names of the places that a family would go to: as chosen here, or from the register of its municipality. */
import '$rooms/packs/kept.ts';
import { t } from '$lib/i18n/index.svelte.ts';
import { useDocument } from '$lib/live/documents.svelte.ts';
import type { Places } from '$rooms/places/model.ts';
import { family } from './family.svelte.ts';

export function usePlaceNames(municipality: () => string | undefined): (id: string) => string {
  const register = useDocument<Places>(() => {
    const code = municipality();
    return code ? `places/${code}` : null;
  });
  return (id) => family.kept?.names[id] ?? register.current?.data?.facilities.find((each) => each.id === id)?.name ?? t('me.preferred.unknown');
}
