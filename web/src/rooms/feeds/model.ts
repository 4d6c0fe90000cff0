/** What each source of information is worth right now, and what came in, by the types of the API description. */
import type { Wire } from '$lib/api/wire.ts';

export type Freshness = Wire<'Freshness'>;
export type Source = Wire<'SourceStatus'>;
export type Sources = Wire<'SourcesDocument'>;
export type Outcome = Wire<'Outcome'>;
export type Telegram = Wire<'TelegramRow'>;
export type Telegrams = Wire<'Page_TelegramRow'>;
export type Uploaded = Wire<'Uploaded'>;

/** A replay that goes on or has ended (再生). */
export type Replay = Omit<Wire<'ReplayStatus'>, 'state'> & { state: 'waiting' | 'running' | 'stopping' | 'finished' | 'stopped' | 'failed' };
export type Replays = Omit<Wire<'Replays'>, 'current'> & { current: Replay | null };

/** Sources that are not fresh, among those behind a page. */
export function behind(sources: Sources | undefined, keys: readonly string[]): Source[] {
  return (sources?.sources ?? []).filter((source) => keys.includes(source.key) && source.state !== 'fresh');
}

/**
 * Whether nothing at all was heard of what a page tells: `unset` when no source it names is known here, `unheard` when it
 * names none or nothing ever came from those known. A page without telegrams must never look calm.
 */
export function silence(sources: Sources | undefined, keys: readonly string[]): 'unset' | 'unheard' | null {
  if (!sources) return null;
  if (keys.length === 0) return 'unheard';
  const known = sources.sources.filter(({ key }) => keys.includes(key));
  if (known.length === 0) return 'unset';
  return known.every(({ received }) => received === 0) ? 'unheard' : null;
}

/** The server renews its list every minute; one that is older says that the server itself stands still. */
const STILL_MS = 10 * 60_000;
export const stopped = (sources: Sources | undefined, now: Date): boolean =>
  sources !== undefined && now.getTime() - new Date(sources.as_of).getTime() > STILL_MS;

/** An expected period in the unit people use for it. */
export function period(seconds: number): { unit: 'seconds' | 'minutes' | 'hours'; count: number } {
  if (seconds < 60) return { unit: 'seconds', count: seconds };
  if (seconds < 3600) return { unit: 'minutes', count: Math.round(seconds / 60) };
  return { unit: 'hours', count: Math.round(seconds / 3600) };
}
