/** The outbox's places on the disk, what it means when the browser refuses them, and one tab at a time. */
import { answered, openDatabase, written } from '$lib/seal/database.ts';

export const EVENTS = 'events';
export const NOTES = 'notes';

/** The browser does not store: private window, full disk, storage forbidden. */
export class StorageRefused extends Error {
  readonly why: 'full' | 'unavailable';
  constructor(cause: unknown) {
    super('storage refused', { cause });
    this.why = cause instanceof DOMException && cause.name === 'QuotaExceededError' ? 'full' : 'unavailable';
  }
}

export const openStore = (name: string): Promise<IDBDatabase> => openDatabase(name, [EVENTS, NOTES]).catch(refused);

export const asked = answered;

/** One transaction; it resolves when the commit is on the disk (`durability: 'strict'`), and not before. */
export async function change<T>(db: IDBDatabase, work: (events: IDBObjectStore, notes: IDBObjectStore) => Promise<T> | T): Promise<T> {
  try {
    return await written(db, [EVENTS, NOTES], (at) => work(at.objectStore(EVENTS), at.objectStore(NOTES)));
  } catch (error) {
    return refused(error);
  }
}

export const look = <T>(db: IDBDatabase, place: string, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => answered(work(db.transaction(place).objectStore(place)));

/** Nothing of ours throws inside: whatever fails here is the browser's storage. */
function refused(error: unknown): never {
  throw new StorageRefused(error);
}

/** Runs alone among all tabs of this browser; without locks, alone in this page. */
const chains = new Map<string, Promise<unknown>>();
export async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (globalThis.navigator?.locks) return navigator.locks.request(name, work) as Promise<T>;
  const before = chains.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  chains.set(name, mine.catch(() => undefined));
  return mine;
}

/** Runs only if no other tab is at it; `undefined` when one is. */
export async function aloneOrNot<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
  if (!globalThis.navigator?.locks) return alone(name, work);
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : Promise.resolve(undefined))) as Promise<T | undefined>;
}
