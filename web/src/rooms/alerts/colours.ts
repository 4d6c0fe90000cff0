/** Classes and words for ranks, intensities and tsunami grades: the colour and the text always come from one place. */
import type { Key } from '$lib/i18n/index.svelte.ts';
import type { MunicipalityState, TsunamiGrade } from './model.ts';

export const rankOf = (rank: number): 0 | 1 | 2 | 3 | 4 | 5 => Math.min(5, Math.max(0, Math.round(rank) || 0)) as 0 | 1 | 2 | 3 | 4 | 5;
export const rankClass = (rank: number): string => `rank-${rankOf(rank)}`;
export const edgeClass = (rank: number): string => `edge-${rankOf(rank)}`;

/** A tsunami has colours of its own, whatever its rank. */
export const tsunamiClass = (grade: TsunamiGrade): string => `tsunami-${grade}`;
export const tsunamiEdge = (grade: TsunamiGrade): string => `edge-tsunami-${grade}`;

/** The grade behind the rank of a tsunami, for what tells the rank alone. */
export function tsunamiGrade(rank: number): TsunamiGrade {
  return (['none', 'forecast', 'forecast', 'advisory', 'warning', 'major_warning'] as const)[rankOf(rank)];
}

/** The grade of the tsunami that gives a place its rank; none where an order or something else does. */
export function ledBySea({ rank, evacuation_level, hazards }: Pick<MunicipalityState, 'rank' | 'evacuation_level' | 'hazards'>): TsunamiGrade | undefined {
  const sea = hazards.find((each) => each.hazard === 'tsunami' && each.rank >= rank && each.rank > 0);
  return sea && (evacuation_level ?? 0) < rank ? tsunamiGrade(sea.rank) : undefined;
}

/** The official level where there is one, else what the rank means. */
export function levelKey(level: number | null, rank: number): Key {
  if (level !== null && level >= 1 && level <= 5) return `level.${level as 1 | 2 | 3 | 4 | 5}`;
  return `rank.${rankOf(rank)}`;
}

/** "5-", "5弱", "5 lower" …: intensities as telegrams and people write them, to one of our classes. */
export function intensityClass(intensity: string | null | undefined): string {
  return `intensity-${intensityStep(intensity)}`;
}

export type Step = '0' | '1' | '2' | '3' | '4' | '5-lower' | '5-upper' | '6-lower' | '6-upper' | '7' | 'unknown';

export function intensityStep(intensity: string | null | undefined): Step {
  const text = (intensity ?? '').normalize('NFKC').trim();
  const found = /^([0-7])\s*(-|弱|lower|\+|強|upper)?/.exec(text);
  if (!found) return 'unknown';
  const [, digit = '', half] = found;
  if (digit !== '5' && digit !== '6') return digit as Step;
  return half === '+' || half === '強' || half === 'upper' ? `${digit}-upper` : `${digit}-lower`;
}

const STEPS: Step[] = ['unknown', '0', '1', '2', '3', '4', '5-lower', '5-upper', '6-lower', '6-upper', '7'];

/** For sorting: stronger is greater. */
export const strength = (intensity: string | null | undefined): number => STEPS.indexOf(intensityStep(intensity));

export const intensityKey = (intensity: string | null | undefined): Key => `intensity.${intensityStep(intensity)}`;

const HEX: Record<Step, string> = {
  unknown: '#ffffff', '0': '#ffffff', '1': '#f2f2ff', '2': '#00aaff', '3': '#0041ff', '4': '#fae696',
  '5-lower': '#ffe600', '5-upper': '#ff9900', '6-lower': '#ff2800', '6-upper': '#a50021', '7': '#b40068',
};
export const intensityHex = (intensity: string | null | undefined): string => HEX[intensityStep(intensity)];

export const RANK_HEX = ['#e6e6e6', '#ffffff', '#f2e700', '#ff2800', '#aa00aa', '#0c000c'] as const;
export const TSUNAMI_HEX = { major_warning: '#c800ff', warning: '#ff2800', advisory: '#faf500', forecast: '#69a5d6', none: '#8c9aa6' } as const;
