/** IndexedDB with promises, and writes that stand on the disk before they count. */

/** Opens a database, making its stores the first time; throws where the browser lends no room. */
export function openDatabase(name: string, stores: readonly string[], version = 1): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => {
      for (const store of stores) if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store);
    };
    request.onsuccess = () => {
      // Another window with a newer version of us must be able to change it.
      request.result.onversionchange = () => request.result.close();
      done(request.result);
    };
    request.onerror = () => failed(request.error ?? new Error('no database'));
    request.onblocked = () => failed(new Error('another window holds the database'));
  });
}

export function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error('refused'));
  });
}

/** One piece of writing; it is done when it stands on the disk (`durability: strict`), not when it was asked for. */
export function written<T>(db: IDBDatabase, stores: string | string[], work: (at: IDBTransaction) => Promise<T> | T): Promise<T> {
  return new Promise((done, failed) => {
    const at = db.transaction(stores, 'readwrite', { durability: 'strict' });
    let result: T | undefined;
    at.oncomplete = () => done(result as T);
    at.onabort = () => failed(at.error ?? new Error('aborted'));
    at.onerror = () => failed(at.error ?? new Error('refused'));
    Promise.resolve(work(at)).then(
      (value) => (result = value),
      (error: unknown) => {
        failed(error instanceof Error ? error : new Error(String(error)));
        try {
          at.abort();
        } catch {
          // It ended by itself.
        }
      },
    );
  });
}
