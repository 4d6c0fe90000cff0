/** Small choices of the screens: which picture stands on top, what is read aloud, which areas come first. */
import { hazardIcon, type IconName } from '$lib/ui/Icon.svelte';
import type { AreaAlerts, EvacuationOrder, MunicipalityState, TsunamiGrade, TsunamiZone } from './model.ts';

const LIFTED_HOURS = 6;

/** The gravest thing decides the picture: an order, a tsunami, a warning, then a quake. */
export function topIcon(alerts: AreaAlerts): IconName {
  const rank = alerts.rank;
  if (ledByQuake(alerts)) return 'quake';
  if (inForce(alerts.evacuation).some((order) => order.level >= rank)) return 'run';
  if (ledByTsunami(alerts)) return 'wave';
  const hazard = [...alerts.hazards].sort((a, b) => b.rank - a.rank)[0];
  if (hazard && hazard.rank > 0) return hazardIcon(hazard.hazard);
  if (alerts.quake) return 'quake';
  return 'info';
}

/** Does the headline speak of the shaking? Then its colour is the intensity's. */
export const ledByQuake = (alerts: AreaAlerts): boolean => alerts.quake !== null && alerts.headline.ja === alerts.quake.text.ja;

/** The grade of the tsunami that leads, before which neither an order nor the shaking goes; then the colour is the grade's. */
export function ledByTsunami(alerts: AreaAlerts): TsunamiGrade | undefined {
  if (ledByQuake(alerts) || inForce(alerts.evacuation).some((order) => order.level >= alerts.rank)) return undefined;
  return alerts.tsunami.find((zone) => zone.rank >= alerts.rank && zone.rank > 0)?.grade;
}

export const inForce = (orders: readonly EvacuationOrder[]): EvacuationOrder[] => orders.filter(({ status }) => status === 'in_force');

/** Orders in force first, gravest first; those ended are still said for some hours. */
export function ordersToShow(orders: readonly EvacuationOrder[], now: Date): EvacuationOrder[] {
  const recent = orders.filter(
    ({ status, ended_at, issued_at }) => status === 'in_force' || now.getTime() - new Date(ended_at ?? issued_at).getTime() < LIFTED_HOURS * 3_600_000,
  );
  return recent.sort((a, b) => Number(b.status === 'in_force') - Number(a.status === 'in_force') || b.level - a.level);
}

export const zonesInForce = (zones: readonly TsunamiZone[]): TsunamiZone[] =>
  zones.filter(({ grade }) => grade !== 'none').sort((a, b) => b.rank - a.rank);

/** Municipalities where something is said, gravest first, the official order within. */
export function byGravity(states: readonly MunicipalityState[]): MunicipalityState[] {
  return states.filter(({ rank }) => rank > 0).sort((a, b) => b.rank - a.rank || a.code.localeCompare(b.code));
}

/** What a change must say aloud, or nothing when the reader would learn nothing new. */
export function spoken(before: AreaAlerts | undefined, after: AreaAlerts): { changed: boolean; urgent: boolean } {
  if (!before || before.area.code !== after.area.code || before.mode !== after.mode) return { changed: false, urgent: false };
  const orders = (alerts: AreaAlerts) => inForce(alerts.evacuation).map(({ id, level }) => `${id}${level}`).join();
  const changed =
    before.headline.ja !== after.headline.ja || before.rank !== after.rank || orders(before) !== orders(after) ||
    before.quake?.id !== after.quake?.id || before.quake?.intensity !== after.quake?.intensity;
  return { changed, urgent: changed && after.rank >= 3 && (after.rank > before.rank || orders(before) !== orders(after)) };
}
