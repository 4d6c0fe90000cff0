/** IndexedDB for the outbox: promises over requests, and commits that reach the disk before they are believed. */

export const EVENTS = 'events';
export const NOTES = 'notes';
const VERSION = 1;

/** The browser does not store: private window, full disk, storage forbidden. */
export class StorageRefused extends Error {
  readonly why: 'full' | 'unavailable';
  constructor(cause: unknown) {
    super('storage refused', { cause });
    this.why = cause instanceof DOMException && cause.name === 'QuotaExceededError' ? 'full' : 'unavailable';
  }
}

export function openStore(name: string, factory: IDBFactory | undefined): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    if (!factory) return failed(new StorageRefused(undefined));
    let request: IDBOpenDBRequest;
    try {
      request = factory.open(name, VERSION);
    } catch (error) {
      return failed(new StorageRefused(error));
    }
    request.onupgradeneeded = () => {
      request.result.createObjectStore(EVENTS, { keyPath: 'id' });
      request.result.createObjectStore(NOTES);
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(new StorageRefused(request.error));
    request.onblocked = () => failed(new StorageRefused(undefined));
  });
}

export function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(new StorageRefused(request.error));
  });
}

/** One transaction; it resolves when the commit is on the disk (`durability: 'strict'`), and not before. */
export async function change<T>(db: IDBDatabase, work: (events: IDBObjectStore, notes: IDBObjectStore) => Promise<T> | T): Promise<T> {
  let tx: IDBTransaction;
  try {
    tx = db.transaction([EVENTS, NOTES], 'readwrite', { durability: 'strict' });
  } catch (error) {
    throw new StorageRefused(error);
  }
  const committed = new Promise<void>((done, failed) => {
    tx.oncomplete = () => done();
    tx.onabort = () => failed(new StorageRefused(tx.error));
  });
  committed.catch(() => undefined);
  try {
    const result = await work(tx.objectStore(EVENTS), tx.objectStore(NOTES));
    await committed;
    return result;
  } catch (error) {
    try {
      tx.abort();
    } catch {
      // Over already.
    }
    throw error instanceof DOMException ? new StorageRefused(error) : error;
  }
}

export const look = <T>(db: IDBDatabase, place: string, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => asked(work(db.transaction(place).objectStore(place)));

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
