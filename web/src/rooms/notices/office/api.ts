/** Notices as staff write, release and follow them (お知らせの発信). */
import { call } from '$lib/api/client.ts';
import type { Wire } from '$lib/api/wire.ts';
import { newId } from '$lib/ids.ts';
import type { Text } from '$lib/text.ts';

export type Notice = Wire<'NoticeView'>;
export type Detail = Wire<'NoticeDetail'>;
export type Drafts = Wire<'NoticeDrafts'>;
export type Ledger = Wire<'NoticeLedger'>;
export type Template = Wire<'NoticeTemplate'>;
export type Count = Wire<'NoticeCount'>;
export type Restated = Wire<'NoticeRestated'>;
export type State = Notice['state'];
export type Mode = Notice['mode'];

const ROOT = '/api/notices';

/** What a step needs no words for. */
export type Step = 'submit' | 'reject' | 'stop' | 'cancel';

export interface Draft {
  mode: Mode;
  template: string;
  values: Record<string, Text>;
  municipalities: string[];
  urgent: boolean;
}

export const notices = () => call<Notice[]>('GET', ROOT);
export const notice = (id: string) => call<Detail>('GET', `${ROOT}/${id}`);
export const templates = () => call<Template[]>('GET', `${ROOT}/templates`);
export const audience = (mode: Mode, municipalities: string[]) => call<Count>('POST', `${ROOT}/audience`, { mode, municipalities });
export const write = (id: string, draft: Draft) => call<Notice>('POST', ROOT, { id, ...draft });
export const step = (id: string, what: Step, command = newId()) => call<Notice>('POST', `${ROOT}/${id}/${what}`, { command });
export const release = (id: string, restated: Restated, command = newId()) => call<Notice>('POST', `${ROOT}/${id}/release`, { command, restated });
export const correct = (id: string, message: Text, command = newId()) => call<Notice>('POST', `${ROOT}/${id}/correct`, { command, message });

/** Waiting ones first, then those on their way, then the rest; newest first within. */
export function byUrgency(list: readonly Notice[]): Notice[] {
  const place = (state: State): number => (state === 'pending' ? 0 : state === 'drafted' ? 1 : state === 'released' || state === 'sending' ? 2 : 3);
  return [...list].sort((a, b) => place(a.state) - place(b.state) || b.made_at.localeCompare(a.made_at));
}

/** A template's words with what is filled in; what is still open stays in its braces. */
export function filled(words: Text, values: Record<string, Text>): Text {
  const one = (language: keyof Text) => words[language].replace(/\{(\w+)\}/g, (whole, name: string) => values[name]?.[language].trim() || whole);
  return { ja: one('ja'), easy: one('easy'), en: one('en') };
}

/** Everything of a notice that can be added up. */
export const STATES = ['queued', 'sealed', 'accepted', 'shown', 'expired', 'gone', 'failed', 'stopped'] as const;
export const addsUp = (ledger: Ledger): boolean => STATES.reduce((sum, state) => sum + ledger[state], 0) === ledger.matched;
