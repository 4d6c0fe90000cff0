/** Calls of the registry for staff. */
import { call } from '$lib/api/client.ts';
import { newId } from '$lib/ids.ts';
import type { Case, Content, Decision } from '../types.ts';

const BASE = '/api/registry';

export type State = 'draft' | 'reviewed' | 'published' | 'expired' | 'withdrawn';
export interface Line {
  programme: string;
  key: string;
  area: string;
  origin: string;
  name: string;
  revision: number;
  state: State;
  valid_from: string;
  valid_until: string | null;
  at: string;
  mine: boolean;
}
export interface Fault {
  path: string;
  code: string;
  ja: string;
  en: string;
}
export interface CaseResult {
  name: string;
  passed: boolean;
  got: Decision | null;
  fault: string | null;
}
export interface Version {
  version: string;
  number: number;
  revision: number;
  state: State;
  valid_from: string;
  valid_until: string | null;
  at: string;
  content: Content;
  faults: Fault[];
  cases: CaseResult[];
}
export interface Programme {
  programme: string;
  key: string;
  area: string;
  origin: string;
  mine: boolean;
  versions: Version[];
}
export interface Import {
  id: string;
  area: string;
  file: string;
  state: 'previewed' | 'applied' | 'discarded';
  at: string;
  counts: Record<string, number>;
}
export interface Defect {
  field: string;
  code: string;
  was: unknown;
  now: unknown;
  ja: string;
  en: string;
}
export interface Row {
  number: number;
  line: number;
  what: 'added' | 'changed' | 'same' | 'gone' | 'refused';
  name: string;
  fields: string[];
  defects: Defect[];
  refused: { field: string; code: string; ja: string; en: string } | null;
}
export interface Tried {
  faults: Fault[];
  cases: CaseResult[];
}

export const list = (area: string) => call<Line[]>('GET', `${BASE}/programmes?${new URLSearchParams({ area })}`);
export const programme = (id: string) => call<Programme>('GET', `${BASE}/programmes/${id}`);
export const create = (area: string, key: string, from: string, content: Content) => call<Programme>('POST', `${BASE}/programmes`, { command: newId(), area, key, valid_from: from, content });
export const copy = (area: string, key: string, from: string, of: string) => call<Programme>('POST', `${BASE}/programmes`, { command: newId(), area, key, valid_from: from, copy_of: of });
export const draft = (id: string, revision: number, from: string, until: string | null, content: Content) => call<Programme>('POST', `${BASE}/programmes/${id}/draft`, { command: newId(), revision, valid_from: from, valid_until: until, content });
export const step = (id: string, revision: number, what: 'review' | 'publish' | 'withdraw') => call<Programme>('POST', `${BASE}/programmes/${id}/${what}`, { command: newId(), revision });
export const attempt = (content: Content) => call<Tried>('POST', `${BASE}/try`, content);
export const send = (area: string, file: File) => call<Import>('POST', `${BASE}/imports?${new URLSearchParams({ area, name: file.name })}`, new Blob([file], { type: 'application/octet-stream' }));
export const imports = (area: string) => call<Import[]>('GET', `${BASE}/imports?${new URLSearchParams({ area })}`);
export const oneImport = (id: string) => call<Import>('GET', `${BASE}/imports/${id}`);
export const rows = (id: string, after: number) => call<Row[]>('GET', `${BASE}/imports/${id}/rows?after=${after}`);
export const apply = (id: string, gone: boolean) => call<Import>('POST', `${BASE}/imports/${id}/apply`, { command: newId(), withdraw_gone: gone });
export const discard = (id: string) => call<Import>('POST', `${BASE}/imports/${id}/discard`, { command: newId() });

/** A content with nothing in it but a name. */
export const blank = (name: string, area: string): Content => ({
  topic: 'family',
  record: { institutionName: { canonicalName: name }, area: { areaCode: area } },
  rule: { condition: { all: [] }, amounts: [], parameters: {} },
  cases: [] as Case[],
});
