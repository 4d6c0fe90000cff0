/** Places on the map: which municipalities' registers are loaded as one looks nearer, and what of them is in view. */
import { AREAS } from '$lib/areas.ts';
import type { Filter } from '$rooms/places/filter.ts';
import { KINDS, type PlacesIndex, type SheltersPrefecture } from '$rooms/places/model.ts';
import { useRegister } from '$rooms/places/register.svelte.ts';
import { shown, type Shown } from '$rooms/places/shown.ts';
import type { Hazard } from '$rooms/places/suitability.ts';
import type { Box } from './frame.ts';
import type { Spots, Standin } from './place-layer.ts';

/** Nearer than this the registers in view are loaded; farther away a number stands for them. */
const LOAD_ZOOM = 9.5;
const MOST = 12;

export class MapPlaces {
  #box = $state.raw<Box>();
  #wanted = $state.raw<string[]>([]);
  readonly #register = useRegister(() => this.#wanted);
  readonly #filter: () => Filter;
  readonly #hazard: () => Hazard | null;
  readonly #all = $derived.by(() => shown(this.#register.parts, this.#filter(), this.#hazard()));
  /** What is drawn. */
  readonly spots = $derived.by<Spots>(() => ({ places: this.#all, standins: standins(this.#register.index?.data, this.#register.shelters?.data, new Set(this.#loaded), this.#filter()) }));
  /** What of it is in view, those without a position included: the list beside the map says the same as the map. */
  readonly inView = $derived.by(() => ({
    places: this.#all.filter(({ place: { lat, lon } }) => lat === null || lon === null || within(this.#box, lat, lon)),
    standins: this.spots.standins.filter(({ lat, lon }) => within(this.#box, lat, lon)),
  }));
  readonly #loaded = $derived.by(() => this.#register.parts.filter(({ places }) => places?.data).map(({ code }) => code));

  constructor(filter: () => Filter, hazard: () => Hazard | null, home: string | null) {
    this.#filter = filter;
    this.#hazard = hazard;
    if (home) this.#wanted = [home];
  }

  get parts() {
    return this.#register.parts;
  }

  get index() {
    return this.#register.index;
  }

  get shelters() {
    return this.#register.shelters;
  }

  /** Looks up one place among those loaded. */
  find(id: string): Shown | undefined {
    return this.#all.find(({ place }) => place.id === id);
  }

  rested(box: Box, zoom: number, codes: string[]): void {
    this.#box = box;
    if (zoom < LOAD_ZOOM) return;
    // Once loaded they stay: coming back costs nothing.
    const more = codes.slice(0, MOST).filter((code) => !this.#wanted.includes(code));
    if (more.length > 0) this.#wanted = [...this.#wanted, ...more];
  }
}

const within = (box: Box | undefined, lat: number, lon: number): boolean => !box || (lon >= box[0] && lon <= box[2] && lat >= box[1] && lat <= box[3]);

/** Numbers for the municipalities not loaded, of the kinds chosen, or of what is open: what else the filter asks is known only nearer. */
export function standins(index: PlacesIndex | undefined, shelters: SheltersPrefecture | undefined, loaded: ReadonlySet<string>, { kinds, open }: Pick<Filter, 'kinds' | 'open'>): Standin[] {
  const opened = new Map(shelters?.municipalities.map((each) => [each.code, each.open + each.full]));
  return (index?.municipalities ?? []).flatMap(({ code, name, counts }) => {
    const at = AREAS.find((each) => each.code === code);
    const count = open ? (opened.get(code) ?? 0) : KINDS.filter((kind) => kinds.length === 0 || kinds.includes(kind)).reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
    return at && count > 0 && !loaded.has(code) ? [{ code, name, lat: at.lat, lon: at.lon, count }] : [];
  });
}
