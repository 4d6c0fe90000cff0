/** The log of a shelter: what the node tells of every desk, and on top of it what this page wrote since. */
import type { Local } from './cards.ts';
import type { GoodsState, LogLine } from './shelter.ts';

export interface LogEntry extends Omit<LogLine, 'at'> {
  at_ms: number;
  /** Not told by the node yet. */
  here: boolean;
}

const LOGGED: readonly string[] = ['request', 'answer', 'sick', 'incident', 'note', 'handout'];
const STATES: readonly string[] = ['asked', 'arranged', 'done', 'declined'];

const stateIn = (content: Record<string, unknown> | undefined): GoodsState => (STATES.includes(String(content?.state)) ? (content?.state as GoodsState) : 'asked');

/** Newest first; each thing once, what was taken back here left out. */
export function merged(lines: readonly LogLine[], written: readonly Local[]): LogEntry[] {
  const told = new Set(lines.map(({ id }) => id));
  const back = new Set(written.filter(({ event }) => event.kind === 'void').map(({ event }) => event.other));
  const mine = written.filter(({ event }) => LOGGED.includes(event.kind) && !told.has(event.id));
  const entries: LogEntry[] = [
    ...lines.map(({ at, ...line }) => ({ ...line, at_ms: Date.parse(at), here: false })),
    ...mine.map(({ event, content }) => ({
      id: event.id, kind: event.kind, subject: event.subject ?? null, at_ms: event.wall_ms, other: event.other ?? null, words: content ?? null, name: null,
      state: event.kind === 'request' ? stateIn(content) : null, answers: 0, here: true,
    })),
  ];
  const answers = mine.filter(({ event }) => event.kind === 'answer' && !back.has(event.id));
  return entries
    .filter(({ id }) => !back.has(id))
    .map((entry) => {
      const own = answers.filter(({ event }) => event.other === entry.id);
      const last = own.at(-1);
      return last ? { ...entry, state: stateIn(last.content), answers: entry.answers + own.length } : entry;
    })
    .sort((a, b) => b.at_ms - a.at_ms);
}

export const isOpen = ({ state, answers }: Pick<LogEntry, 'state' | 'answers'>): boolean => (state === null ? answers === 0 : state === 'asked' || state === 'arranged');
