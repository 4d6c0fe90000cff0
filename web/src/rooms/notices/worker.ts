/// <reference lib="webworker" />
/** The service worker's part: shows what comes, keeps it, says that it was shown, opens it when tapped. */
import { toBase64url } from '$lib/bytes.ts';
import { history, identity, keep, markReported } from './box.ts';
import { isLater, understood, type Kept, type Message } from './model.ts';

const SHOWN = '/api/notices/shown';
const SUBSCRIPTIONS = '/api/notices/subscriptions';
const PAGE = '/notices/view';

export function listenForNotices(worker: ServiceWorkerGlobalScope): void {
  worker.addEventListener('push', (event) => event.waitUntil(received(worker, event.data?.text() ?? '')));
  worker.addEventListener('notificationclick', (event) => {
    event.notification.close();
    event.waitUntil(opened(worker, event.notification.data as { receipt?: string } | null));
  });
  worker.addEventListener('pushsubscriptionchange', (event) => (event as ExtendableEvent).waitUntil(renewed(worker, event as Changed)));
}

type Changed = ExtendableEvent & { oldSubscription?: PushSubscription | null; newSubscription?: PushSubscription | null };

/** The browser moved to another address by itself: the server must know, or everything ends without a word. */
async function renewed(worker: ServiceWorkerGlobalScope, { oldSubscription, newSubscription }: Changed): Promise<void> {
  const self = await identity();
  const key = (newSubscription ?? oldSubscription)?.options.applicationServerKey;
  if (!self || !key) return;
  const browser = newSubscription ?? (await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  const url = `${SUBSCRIPTIONS}/${self.id}`;
  const headers = { authorization: `Bearer ${self.secret}`, 'content-type': 'application/json' };
  const answer = await fetch(url, { credentials: 'omit', headers });
  if (!answer.ok) return;
  const { places, kinds, quiet, language, drills } = (await answer.json()) as Kept;
  const { endpoint, keys } = browser.toJSON();
  const push = { endpoint, p256dh: keys?.p256dh, auth: keys?.auth, key: toBase64url(key) };
  await fetch(url, { method: 'PUT', credentials: 'omit', headers, body: JSON.stringify({ push, places, kinds, quiet, language, drills }) });
}

async function received(worker: ServiceWorkerGlobalScope, text: string): Promise<void> {
  const message = understood(text);
  // A browser takes the permission away from whoever gets a push and shows nothing; without words there is nothing to show.
  if (!message) return;
  const fresh = await keep({ message, receivedAt: new Date().toISOString(), reported: false }).catch(() => true);
  await show(worker, await newest(message), fresh);
  await reportAll();
}

/** The network may turn two messages round: with one tag, the later one stays on the screen. */
async function newest(message: Message): Promise<Message> {
  const same = (await history().catch(() => [])).map((each) => each.message).filter(({ tag }) => tag === message.tag);
  return [...same, message].reduce((last, each) => (isLater(each, last) ? each : last));
}

/** A message that came twice takes its own place without a sound. */
async function show(worker: ServiceWorkerGlobalScope, message: Message, fresh: boolean): Promise<void> {
  const options: NotificationOptions & { renotify: boolean; timestamp: number } = {
    body: message.body,
    tag: message.tag,
    lang: message.lang,
    icon: '/icon.svg',
    requireInteraction: message.urgent,
    silent: !fresh,
    renotify: fresh,
    timestamp: Date.parse(message.at),
    data: { receipt: message.receipt },
  };
  await worker.registration.showNotification(message.title, options);
}

/** What could not be said while there was no network is said with the next one. */
async function reportAll(): Promise<void> {
  const waiting = (await history().catch(() => [])).filter(({ reported }) => !reported).slice(0, 20);
  for (const { message } of waiting) {
    const sent = await fetch(SHOWN, {
      method: 'POST',
      credentials: 'omit',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ receipt: message.receipt }),
    }).catch(() => undefined);
    if (!sent?.ok) return;
    await markReported(message.receipt);
  }
}

async function opened(worker: ServiceWorkerGlobalScope, data: { receipt?: string } | null): Promise<void> {
  const page = data?.receipt ? `${PAGE}?r=${encodeURIComponent(data.receipt)}` : '/notices';
  const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const here = windows[0];
  if (here) {
    await here.focus();
    await here.navigate(page).catch(() => worker.clients.openWindow(page));
  } else {
    await worker.clients.openWindow(page);
  }
}
