/** Calls of the shelters room for staff. */
import { call } from '$lib/api/client.ts';
import { newId } from '$lib/ids.ts';
import type { Board, Disaster, Line, Mode, State } from './model.ts';

const BASE = '/api/shelters';

export interface Step {
  disaster: string;
  facility: string;
  state: State;
  reason: string;
  instead: string | null;
  note: string | null;
}

export const disasters = () => call<Disaster[]>('GET', `${BASE}/disasters`);
export const declare = (mode: Mode, name: string, municipalities: string[]) => call<Disaster>('POST', `${BASE}/disasters`, { command: newId(), mode, name, since: new Date().toISOString(), municipalities });
export const end = (id: string, reason: string) => call<Disaster>('POST', `${BASE}/disasters/${id}/close`, { command: newId(), close_shelters: true, reason });
export const board = (municipality: string, mode: Mode) => call<Board>('GET', `${BASE}/board?${new URLSearchParams({ municipality, mode })}`);
export const step = (what: Step) => call<Line>('POST', `${BASE}/openings`, { command: newId(), ...what });
export const count = (disaster: string, facility: string, persons: number | null, households: number | null) =>
  call<Line>('POST', `${BASE}/counts`, { command: newId(), disaster, facility, persons, households, counted_at: new Date().toISOString() });
export const addPlace = (disaster: string, municipality: string, name: string, address: string | null, capacity: number | null) =>
  call<Line>('POST', `${BASE}/adhoc`, { command: newId(), disaster, municipality, name, address, capacity });
