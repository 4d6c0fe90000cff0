/** The register of some municipalities with what is open in them, as long as a component looks at them. */
import '$rooms/packs/kept.ts';
import { onDestroy } from 'svelte';
import { hold, release, useDocument, type Document } from '$lib/live/documents.svelte.ts';
import { named } from '$lib/site.svelte.ts';
import type { Openings, Places, PlacesIndex, SheltersPrefecture } from './model.ts';

export interface Part {
  code: string;
  /** None where the municipality has no register. */
  places: Document<Places> | undefined;
  openings: Document<Openings> | undefined;
}

export interface Register {
  readonly index: Document<PlacesIndex> | undefined;
  readonly shelters: Document<SheltersPrefecture> | undefined;
  readonly parts: readonly Part[];
}

/** Holds `places/{code}` and, while a disaster has openings, `shelters/{code}` of every code wanted. */
export function useRegister(codes: () => readonly string[]): Register {
  const index = useDocument<PlacesIndex>(() => 'places/index');
  const shelters = useDocument<SheltersPrefecture>(() => named('shelters/prefecture'));
  const held = new Map<string, Document<unknown>>();
  let parts = $state.raw<readonly Part[]>([]);

  $effect(() => {
    const about = index.current;
    // Not asked before it is known what there is: nobody needs forty answers "not found".
    if (!about || (!about.data && about.trouble === null)) return;
    const listed = new Set(about.data?.municipalities.filter(({ published }) => published).map(({ code }) => code));
    const opened = new Set(shelters.current?.data?.disaster ? shelters.current.data.municipalities.map(({ code }) => code) : []);
    const registered = (code: string) => about.trouble !== 'missing' && (!about.data || listed.has(code));
    const names = new Set(codes().flatMap((code) => [...(registered(code) ? [`places/${code}`] : []), ...(opened.has(code) ? [named(`shelters/${code}`)] : [])]));
    for (const name of names) if (!held.has(name)) held.set(name, hold(name));
    for (const [name, document] of held) {
      if (names.has(name)) continue;
      release(document);
      held.delete(name);
    }
    parts = codes().map((code) => ({
      code,
      places: held.get(`places/${code}`) as Document<Places> | undefined,
      openings: held.get(named(`shelters/${code}`)) as Document<Openings> | undefined,
    }));
  });
  onDestroy(() => held.forEach((document) => release(document)));

  return {
    get index() {
      return index.current;
    },
    get shelters() {
      return shelters.current;
    },
    get parts() {
      return parts;
    },
  };
}
