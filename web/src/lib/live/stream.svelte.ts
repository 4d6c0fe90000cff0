/** The live stream: the server says which document changed; without a stream the page polls, and says so. */
import { changed } from './documents.svelte.ts';
import { pollEvery, wait } from './backoff.ts';

export type Connection = 'connecting' | 'live' | 'polling' | 'offline';

const HIDDEN_MS = 60_000;
/** Spreads the fetches of many phones that hear the same event. */
const SPREAD_MS = 250;

/** Some document, at least the list of sources, moves every minute: longer silence is a connection that died unnoticed. */
const SILENT_MS = 90_000;
const WATCH_MS = 15_000;

let connection = $state<Connection>('connecting');
let source: EventSource | undefined;
let attempt = 0;
let heardAt = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
let poll: ReturnType<typeof setTimeout> | undefined;
let hide: ReturnType<typeof setTimeout> | undefined;

export const connected = (): Connection => connection;

/** Starts listening, for as long as the page lives. */
export function listen(): void {
  listenNow();
  setInterval(() => {
    if (!source || !silent(heardAt, Date.now())) return;
    connection = navigator.onLine ? 'polling' : 'offline';
    restart();
    pollLater();
  }, WATCH_MS);
  addEventListener('online', () => restart());
  addEventListener('offline', () => (connection = 'offline'));
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hide);
    if (document.visibilityState === 'hidden') hide = setTimeout(stop, HIDDEN_MS);
    else if (!source) restart();
    else changed();
  });
}

function restart(): void {
  stop();
  attempt = 0;
  changed();
  listenNow();
}

function stop(): void {
  source?.close();
  source = undefined;
  clearTimeout(retry);
  clearTimeout(poll);
  poll = undefined;
}

function listenNow(): void {
  const opened = new EventSource('/stream');
  source = opened;
  heardAt = Date.now();
  opened.addEventListener('open', () => {
    connection = 'live';
    attempt = 0;
    heardAt = Date.now();
    clearTimeout(poll);
    poll = undefined;
    // Whatever changed while nobody listened: also between the first fetch and the first opening. ETags make it cheap.
    setTimeout(() => changed(), Math.random() * SPREAD_MS);
  });
  opened.addEventListener('document', (event) => {
    heardAt = Date.now();
    const name = nameIn((event as MessageEvent<string>).data);
    if (name) setTimeout(() => changed(name), Math.random() * SPREAD_MS);
  });
  opened.addEventListener('error', () => {
    connection = navigator.onLine ? 'polling' : 'offline';
    pollLater();
    if (opened.readyState !== EventSource.CLOSED) return;
    source = undefined;
    clearTimeout(retry);
    retry = setTimeout(listenNow, wait(attempt, Math.random()));
    attempt += 1;
  });
}

function pollLater(): void {
  poll ??= setTimeout(() => {
    poll = undefined;
    changed();
    if (connection !== 'live') pollLater();
  }, pollEvery(Math.random()));
}

/** Whether a stream that counts as open has said nothing for too long; heartbeats are not told to a page. */
export const silent = (heard: number, now: number): boolean => now - heard > SILENT_MS;

/** The document named in an event; anything else is not for us. */
export function nameIn(data: string): string | undefined {
  try {
    const found = JSON.parse(data) as { document?: unknown };
    return typeof found.document === 'string' ? found.document : undefined;
  } catch {
    return undefined;
  }
}
