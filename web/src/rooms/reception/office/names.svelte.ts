/** Names of facilities, from the public register of places and what was opened beside it. */
import { REFUGES } from '$rooms/places/model.ts';
import { useRegister } from '$rooms/places/register.svelte.ts';

export interface Named {
  id: string;
  name: string;
  /** Two may have one name. */
  address: string | null;
}

export interface Names {
  /** Where people may stay, in the order of their names. */
  readonly all: readonly Named[];
  /** Everything that can be known of the municipalities is. */
  readonly ready: boolean;
  of(id: string): string | undefined;
}

export function useNames(codes: () => readonly string[]): Names {
  const register = useRegister(codes);
  const all = $derived.by(() => {
    const named = new Map<string, Named>();
    for (const { places, openings } of register.parts) {
      for (const { id, name, address, kinds } of places?.data?.facilities ?? []) if (kinds.some((kind) => REFUGES.includes(kind))) named.set(id, { id, name, address });
      for (const { facility, name } of openings?.data?.openings ?? []) if (!named.has(facility)) named.set(facility, { id: facility, name, address: null });
    }
    return [...named.values()].sort((a, b) => a.name.localeCompare(b.name, 'ja'));
  });
  return {
    get all() {
      return all;
    },
    get ready() {
      return register.parts.length > 0 && register.parts.every(({ places }) => !places || places.data !== undefined || places.trouble !== null);
    },
    of: (id) => all.find((each) => each.id === id)?.name,
  };
}
