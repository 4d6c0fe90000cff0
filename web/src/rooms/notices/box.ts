/** What came, kept on the device so that it opens without a network. Used by the page and by the service worker. */
import { answered, openDatabase, written } from '$lib/seal/database.ts';
import type { Identity, Received } from './model.ts';

const NAME = 'mamori-notices';
const STORES = ['messages', 'self'] as const;
/** Older ones make room. */
const MOST = 200;

async function within<T>(work: (db: IDBDatabase) => Promise<T>): Promise<T> {
  const db = await openDatabase(NAME, STORES);
  try {
    return await work(db);
  } finally {
    db.close();
  }
}

/** Keeps a message; true if it had not come before. */
export const keep = (received: Received): Promise<boolean> =>
  within((db) =>
    written(db, 'messages', async (at) => {
      const store = at.objectStore('messages');
      const before = await answered(store.getKey(received.message.receipt));
      if (before === undefined) {
        store.put(received, received.message.receipt);
        await crowdedOut(store);
      }
      return before === undefined;
    }),
  );

/** Everything that came, newest first. */
export async function history(): Promise<Received[]> {
  const all = await within((db) => answered(db.transaction('messages').objectStore('messages').getAll() as IDBRequest<Received[]>));
  return all.sort((a, b) => b.receivedAt.localeCompare(a.receivedAt));
}

export const markReported = (receipt: string): Promise<void> =>
  within((db) =>
    written(db, 'messages', async (at) => {
      const store = at.objectStore('messages');
      const found = (await answered(store.get(receipt))) as Received | undefined;
      if (found) store.put({ ...found, reported: true }, receipt);
    }),
  );

export const identity = (): Promise<Identity | undefined> => within((db) => answered(db.transaction('self').objectStore('self').get('identity') as IDBRequest<Identity | undefined>));

export const remember = (self: Identity): Promise<void> => within((db) => written(db, 'self', (at) => void at.objectStore('self').put(self, 'identity')));

/** Forgets who this device is; what came stays readable. */
export const forgetIdentity = (): Promise<void> => within((db) => written(db, 'self', (at) => void at.objectStore('self').delete('identity')));

export const forgetHistory = (): Promise<void> => within((db) => written(db, 'messages', (at) => void at.objectStore('messages').clear()));

async function crowdedOut(store: IDBObjectStore): Promise<void> {
  const count = await answered(store.count());
  if (count <= MOST) return;
  const all = (await answered(store.getAll())) as Received[];
  const oldest = all.sort((a, b) => a.receivedAt.localeCompare(b.receivedAt)).slice(0, count - MOST);
  for (const { message } of oldest) store.delete(message.receipt);
}
