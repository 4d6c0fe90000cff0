/** The public document of the feeds room: what each source of information is worth right now. */
import type { Text } from '$lib/text.ts';

export type Freshness = 'fresh' | 'late' | 'stale' | 'never';

export interface Source {
  key: string;
  name: Text;
  mode: 'live' | 'drill';
  state: Freshness;
  /** Null for sources used on demand. */
  expected_every_s: number | null;
  last_attempt: string | null;
  last_success: string | null;
  last_change: string | null;
  last_error: Text | null;
  received: number;
  understood: number;
  archived: number;
  refused: number;
}

export interface Sources {
  as_of: string;
  sources: Source[];
  not_understood: { telegram: string; type: string; title: string; received_at: string; reason: Text | string }[];
}

const ORDER: Freshness[] = ['fresh', 'late', 'stale', 'never'];

/** The worst state among the sources behind a page; `null` when nothing is known of them, which is not good news either. */
export function worst(sources: Sources | undefined, keys: readonly string[]): Freshness | null {
  const found = (sources?.sources ?? []).filter((source) => keys.includes(source.key));
  if (found.length === 0) return null;
  return found.reduce<Freshness>((state, { state: next }) => (ORDER.indexOf(next) > ORDER.indexOf(state) ? next : state), 'fresh');
}

/** Sources that are not fresh, among those behind a page. */
export function behind(sources: Sources | undefined, keys: readonly string[]): Source[] {
  return (sources?.sources ?? []).filter((source) => keys.includes(source.key) && source.state !== 'fresh');
}

/** An expected period in the unit people use for it. */
export function period(seconds: number): { unit: 'seconds' | 'minutes' | 'hours'; count: number } {
  if (seconds < 60) return { unit: 'seconds', count: seconds };
  if (seconds < 3600) return { unit: 'minutes', count: Math.round(seconds / 60) };
  return { unit: 'hours', count: Math.round(seconds / 3600) };
}

/** What became of bytes that came in (受信結果). */
export type Outcome = 'understood' | 'archived' | 'refused';

/** A received telegram as staff see it in the list (受信一覧). */
export interface Telegram {
  id: string;
  source: string;
  mode: 'live' | 'drill';
  outcome: Outcome;
  kind: string;
  title: string;
  office: string;
  reported_at: string | null;
  received_at: string;
  repeats: number;
  unknown_parts: number;
  reason: Text | null;
}

export interface Uploaded {
  files: { name: string; telegram: string; outcome: Outcome; duplicate: boolean; reason: Text | null }[];
}

/** A replay that goes on or has ended (再生). */
export interface Replay {
  id: string;
  scenario: string;
  speed: number;
  state: 'waiting' | 'running' | 'stopping' | 'finished' | 'stopped' | 'failed';
  active: boolean;
  sent: number;
  total: number;
  started_at: string;
  ended_at: string | null;
}

export interface Replays {
  current: Replay | null;
  scenarios: string[];
  folders: string[];
}
