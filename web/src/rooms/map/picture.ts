/** From the public documents to what the map paints. Pure. */
import type { Key } from '$lib/i18n/index.svelte.ts';
import { intensityClass, intensityHex, intensityKey, intensityStep, ledBySea, levelKey, RANK_HEX, rankClass, rankOf, strength, TSUNAMI_HEX, tsunamiClass } from '$rooms/alerts/colours.ts';
import type { MunicipalityState, Quake, Quakes, Tsunami } from '$rooms/alerts/model.ts';
import type { Look } from './marks.ts';

/** `none`: the base map and the places alone. */
export type Theme = 'level' | 'intensity' | 'none';
type Say = (key: Key) => string;
type Name = (area: { name: string; romaji: string }) => string;

/** Short signs for the marks: 5弱 is "5-" wherever people read intensities in a hurry. */
const SIGNS: Record<string, string> = { '5-lower': '5-', '5-upper': '5+', '6-lower': '6-', '6-upper': '6+', unknown: '?' };

export function looks(states: readonly MunicipalityState[], theme: Theme, t: Say, nameOf: Name): Map<string, Look> {
  return new Map(states.map((state) => [state.code, theme === 'level' ? byLevel(state, t, nameOf) : theme === 'intensity' ? byIntensity(state, t, nameOf) : plain(state, nameOf)]));
}

function byLevel(state: MunicipalityState, t: Say, nameOf: Name): Look {
  const rank = rankOf(state.rank);
  const sea = ledBySea(state);
  return {
    colour: sea ? TSUNAMI_HEX[sea] : RANK_HEX[rank],
    class: sea ? tsunamiClass(sea) : rankClass(rank),
    // The number of the official level, where that is what the colour says.
    sign: state.level === rank && rank > 0 ? String(state.level) : rank > 0 ? '!' : '',
    words: t(levelKey(state.level === rank ? state.level : null, rank)),
    name: nameOf(state),
    quiet: rank < 2,
  };
}

function byIntensity(state: MunicipalityState, t: Say, nameOf: Name): Look {
  const felt = state.intensity !== null;
  const pending = state.intensity_pending && !felt;
  const step = intensityStep(state.intensity);
  return {
    colour: felt ? intensityHex(state.intensity) : RANK_HEX[0],
    class: felt ? intensityClass(state.intensity) : 'intensity-unknown',
    sign: felt ? (SIGNS[step] ?? step) : pending ? '?' : '',
    words: felt ? t(intensityKey(state.intensity)) : t(pending ? 'intensity.pending' : 'intensity.none'),
    name: nameOf(state),
    quiet: !felt && !pending,
  };
}

const plain = (state: MunicipalityState, nameOf: Name): Look => ({ colour: RANK_HEX[0], class: '', sign: '', words: '', name: nameOf(state), quiet: true });

export function coastColours(tsunami: Tsunami | undefined): Map<string, string> {
  return new Map((tsunami?.zones ?? []).filter(({ grade }) => grade !== 'none').map(({ code, grade }) => [code, TSUNAMI_HEX[grade]]));
}

const DAY_MS = 24 * 3_600_000;

/** The quake whose intensities colour Aomori: the strongest here within a day, of two alike the newer. Lists begin with the newest. */
export function coloured(told: Quakes | undefined, states: readonly MunicipalityState[], now: Date): Quake | undefined {
  if (!told || !states.some(({ intensity, intensity_pending }) => intensity != null || intensity_pending)) return undefined;
  // A drill may play the past: its day ends with its newest telegram.
  const reports = told.quakes.flatMap(({ telegrams }) => telegrams.map(({ reported_at }) => new Date(reported_at).getTime()));
  const at = told.mode === 'drill' ? Math.max(...reports) : now.getTime();
  const felt = told.quakes.filter((quake) => !quake.cancelled && here(quake) > 0 && at - new Date(quake.arrived_at).getTime() <= DAY_MS);
  return felt.reduce<Quake | undefined>((best, quake) => (best && here(best) >= here(quake) ? best : quake), undefined);
}

/** How strong in Aomori; a place that should have reported 5- or more and has not counts as that. */
function here({ prefecture_max, municipalities }: Quake): number {
  const pending = municipalities.some((each) => each.pending && /^02\d{3}$/.test(each.code));
  return Math.max(prefecture_max ? strength(prefecture_max) : 0, pending ? strength('5-') : 0);
}
