/** Whether a place suits a hazard: the words of the source, never more than they say. */
import type { AreaAlerts } from '$rooms/alerts/model.ts';
import type { Answer, Facility, HazardKind, Suitability } from './model.ts';

/** Hazards as residents choose them. Where a list tells scales apart, the gravest scale that it names decides. */
export const HAZARDS = ['earthquake', 'tsunami', 'flood', 'inland_flood', 'landslide', 'storm_surge', 'fire', 'volcano'] as const;
export type Hazard = (typeof HAZARDS)[number];

const SCALES: Record<Hazard, readonly HazardKind[]> = {
  earthquake: ['earthquake'],
  tsunami: ['tsunami_l2', 'tsunami', 'tsunami_l1'],
  flood: ['flood_max', 'flood', 'flood_planned'],
  inland_flood: ['inland_flood'],
  landslide: ['landslide'],
  storm_surge: ['storm_surge'],
  fire: ['fire'],
  volcano: ['volcano'],
};

const SILENT = { answer: 'unknown', floor: null, text: null } as const;

/** What the sources say of a place for a hazard; `unknown` where they say nothing. */
export function suits(place: Pick<Facility, 'suitability'>, hazard: Hazard): Pick<Suitability, 'answer' | 'floor' | 'text'> {
  for (const scale of SCALES[hazard]) {
    const said = place.suitability.find((each) => each.hazard === scale);
    if (said && said.answer !== 'unknown') return said;
  }
  return SILENT;
}

/** Stays in a list of places for the hazard: everything but a plain no and silence. */
export const usable = (answer: Answer): boolean => answer === 'yes' || answer === 'floor' || answer === 'conditional';

/** Our hazards behind the names that the alerts use. */
const IN_ALERTS: Record<string, Hazard> = {
  tsunami: 'tsunami', flood: 'flood', river: 'flood', inundation: 'inland_flood', heavy_rain: 'inland_flood', landslide: 'landslide', storm_surge: 'storm_surge', volcano: 'volcano', ash: 'volcano',
};

/** A warning or more: an advisory is no reason to flee. */
const GRAVE = 3;
/** From 5- on people leave damaged homes. */
const STRONG = /^[567]/;

/** Hazards in force for an area for which one may have to flee, gravest first. */
export function inForceFor(alerts: Pick<AreaAlerts, 'hazards' | 'tsunami' | 'quake'> | undefined): Hazard[] {
  if (!alerts) return [];
  const told = [...alerts.hazards.map(({ hazard, rank }) => ({ hazard: IN_ALERTS[hazard], rank })), ...alerts.tsunami.map(({ rank }) => ({ hazard: 'tsunami' as Hazard, rank }))];
  if (STRONG.test(alerts.quake?.intensity ?? '')) told.push({ hazard: 'earthquake', rank: GRAVE });
  const grave = told.filter(({ hazard, rank }) => hazard && rank >= GRAVE).sort((a, b) => b.rank - a.rank);
  return [...new Set(grave.map(({ hazard }) => hazard as Hazard))];
}
