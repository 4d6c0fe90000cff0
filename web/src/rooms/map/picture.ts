/** From the public documents to what the map paints. Pure. */
import type { Key } from '$lib/i18n/index.svelte.ts';
import { intensityClass, intensityHex, intensityKey, intensityStep, levelKey, RANK_HEX, rankClass, rankOf, TSUNAMI_HEX } from '$rooms/alerts/colours.ts';
import type { MunicipalityState, Quake, Tsunami } from '$rooms/alerts/model.ts';
import type { Look } from './marks.ts';

export type Theme = 'level' | 'intensity';
type Say = (key: Key) => string;
type Name = (area: { name: string; romaji: string }) => string;

/** Short signs for the marks: 5弱 is "5-" wherever people read intensities in a hurry. */
const SIGNS: Record<string, string> = { '5-lower': '5-', '5-upper': '5+', '6-lower': '6-', '6-upper': '6+', unknown: '?' };

export function looks(states: readonly MunicipalityState[], theme: Theme, t: Say, nameOf: Name): Map<string, Look> {
  return new Map(states.map((state) => [state.code, theme === 'level' ? byLevel(state, t, nameOf) : byIntensity(state, t, nameOf)]));
}

function byLevel(state: MunicipalityState, t: Say, nameOf: Name): Look {
  const rank = rankOf(state.rank);
  return {
    colour: RANK_HEX[rank],
    class: rankClass(rank),
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

export function coastColours(tsunami: Tsunami | undefined): Map<string, string> {
  return new Map((tsunami?.zones ?? []).filter(({ grade }) => grade !== 'none').map(({ code, grade }) => [code, TSUNAMI_HEX[grade]]));
}

/** The newest quake that tells where it began. */
export function newest(quakes: readonly Quake[] | undefined): Quake | undefined {
  return quakes?.find(({ cancelled, epicentre }) => !cancelled && epicentre?.lat != null && epicentre.lon != null);
}
