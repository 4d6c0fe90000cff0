/** What happens at shelters, by the types of the API description. */
import type { Wire } from '$lib/api/wire.ts';

export type State = Wire<'ShelterState'>;
export type Disaster = Omit<Wire<'ShelterDisaster'>, 'until'> & { until: string | null };
export type Board = Wire<'ShelterBoard'>;
export type Line = Omit<Wire<'ShelterBoardLine'>, 'state'> & { state: State | null };
export type Mode = 'live' | 'drill';

const ORDER: Record<State, number> = { full: 0, open: 1, preparing: 2, closing: 3, closed: 4 };

/** What needs a look first: full, open, in preparation; then what is not open, by name. */
export function byState(lines: readonly Line[]): Line[] {
  const place = ({ state }: Line) => (state ? ORDER[state] : 5);
  return [...lines].sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name, 'ja'));
}

/** A number of people as typed, full-width digits too; `undefined` when it is none. Nothing typed is `null`: not counted. */
export function people(typed: string): number | null | undefined {
  const text = typed.normalize('NFKC').replaceAll(',', '').trim();
  if (text === '') return null;
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** How full, when both numbers are known. */
export const share = ({ persons, capacity }: Pick<Line, 'persons' | 'capacity'>): number | null =>
  persons !== null && capacity !== null && capacity > 0 ? persons / capacity : null;
