/// <reference types="@sveltejs/kit" />
/// <reference lib="webworker" />
/** Keeps the app's own files, so that every page opens without a network. Documents are kept by the page itself. */
import { build, files, version } from '$service-worker';
import { listenForNotices } from './rooms/notices/worker.ts';

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const SHELL = `mamori-shell-${version}`;
/** The page for every address of the app. */
const PAGE = '/';
/** Answered by the server alone. */
const NOT_OURS = /^\/(api|public|stream|lite|feeds|healthz|readyz|metrics|maps|openapi\.json)(\/|$)/;
const OURS = new Set([...build, ...files]);
/** Large and wanted by few (the reader of codes at a desk): kept when it was fetched once, not for everybody. */
const ON_USE = /\.wasm$/;

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
listenForNotices(worker);
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin || NOT_OURS.test(url.pathname)) return;
  if (event.request.mode === 'navigate') event.respondWith(page(event.request));
  else event.respondWith(file(event.request));
});

async function install(): Promise<void> {
  const cache = await caches.open(SHELL);
  const shell = await fetch(PAGE, { cache: 'no-cache', headers: { accept: 'text/html' } });
  if (!shell.ok) throw new Error(`${PAGE}: ${shell.status}`);
  // The boot script stands in the page and not in the list of the build.
  const boot = /<script src="([^"]+)"/.exec(await shell.clone().text())?.[1];
  await cache.put(PAGE, shell);
  await cache.addAll([...[...OURS].filter((path) => !ON_USE.test(path)), ...(boot ? [boot] : [])]);
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith('mamori-shell-') && name !== SHELL) await caches.delete(name);
  }
  await worker.clients.claim();
}

/** The network's page if it comes soon, so that a new version is seen; else the kept one. */
async function page(request: Request): Promise<Response> {
  const kept = await caches.match(PAGE, { cacheName: SHELL });
  try {
    return await fetch(request, kept ? { signal: AbortSignal.timeout(4_000) } : {});
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/** Files carry their hash in their name: a kept one is right for ever. */
async function file(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept) return kept;
  const fetched = await fetch(request);
  if (fetched.ok && ON_USE.test(new URL(request.url).pathname)) await (await caches.open(SHELL)).put(request, fetched.clone());
  return fetched;
}
