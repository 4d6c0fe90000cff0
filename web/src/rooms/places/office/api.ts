/** Calls of the register for staff. */
import { call } from '$lib/api/client.ts';
import { newId } from '$lib/ids.ts';
import { together, type ChangeRow, type Chosen, type DecidedView, type MatchView, type Paged, type PlaceField, type PlaceView, type SourceView, type Told, type What } from './model.ts';

const BASE = '/api/places';

export const ledger = (after: string | null) => call<Paged<SourceView>>('GET', `${BASE}/sources${query({ after, limit: 50 })}`);
export const source = (id: string) => call<SourceView>('GET', `${BASE}/sources/${id}`);
export const changes = (id: string, what: What, after: string | null) => call<Paged<ChangeRow>>('GET', `${BASE}/sources/${id}/changes${query({ what, after, limit: 50 })}`);
export const apply = (id: string, acceptRepairs: boolean) => call<SourceView>('POST', `${BASE}/sources/${id}/apply`, { command: newId(), accept_repairs: acceptRepairs });
export const undo = (id: string) => call<SourceView>('POST', `${BASE}/sources/${id}/undo`, { command: newId() });
export const discard = (id: string) => call<SourceView>('POST', `${BASE}/sources/${id}/discard`, { command: newId() });
export const settings = (id: string, chosen: Chosen) => call<SourceView>('POST', `${BASE}/sources/${id}/settings`, { command: newId(), ...chosen });
export const fields = () => call<PlaceField[]>('GET', `${BASE}/fields`);

/** Hands files in one after the other; the parts of a shapefile go together. */
export async function send(files: FileList, told: Told): Promise<SourceView[]> {
  const taken: SourceView[] = [];
  for (const group of together([...files])) {
    const form = new FormData();
    for (const [name, value] of Object.entries(told)) if (value.trim() !== '') form.append(name, value.trim());
    for (const file of group) form.append('files', file);
    taken.push(await call<SourceView>('POST', `${BASE}/sources`, form));
  }
  return taken;
}

export const matches = (municipality: string, after: string | null) => call<Paged<MatchView>>('GET', `${BASE}/matches${query({ municipality, after, limit: 50 })}`);
export const decide = (left: string, right: string, same: boolean) => call<unknown>('POST', `${BASE}/matches`, { command: newId(), left, right, same });
export const decideAll = (municipality: string, atLeast: number) => call<{ decided: number }>('POST', `${BASE}/matches/all`, { command: newId(), municipality, at_least: atLeast });
export const decided = (municipality: string, after: string | null) => call<Paged<DecidedView>>('GET', `${BASE}/matches/decided${query({ municipality, after, limit: 50 })}`);
export const revoke = (id: string) => call<unknown>('POST', `${BASE}/matches/${id}/revoke`, { command: newId() });

export const unplaced = (municipality: string, after: string | null) => call<Paged<PlaceView>>('GET', `${BASE}/unplaced${query({ municipality, after, limit: 50 })}`);
export const place = (id: string, at: { lat: number; lon: number }) => call<unknown>('POST', `${BASE}/${id}/position`, { command: newId(), ...at });

function query(values: Record<string, string | number | null>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
