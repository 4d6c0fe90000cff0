/** Calls of the feeds room. */
import { call } from '$lib/api/client.ts';
import type { Replays, Telegrams, Uploaded } from './model.ts';

export const telegrams = () => call<Telegrams>('GET', '/api/feeds/telegrams?limit=200');
export const replays = () => call<Replays>('GET', '/api/feeds/replay');
export const startReplay = (which: { scenario: string } | { folder: string }, speed: number) => call<unknown>('POST', '/api/feeds/replay', { ...which, speed });
export const stopReplay = () => call<unknown>('DELETE', '/api/feeds/replay');

export function upload(files: FileList, mode: 'live' | 'drill'): Promise<Uploaded> {
  const form = new FormData();
  for (const file of files) form.append('files', file);
  return call<Uploaded>('POST', `/api/feeds/upload?mode=${mode}`, form);
}
