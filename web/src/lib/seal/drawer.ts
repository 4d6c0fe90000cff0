/** What this device keeps of people, sealed under the device's own key: names stand nowhere on its disk. */
import { fromUtf8, random, utf8, type Bytes } from '$lib/bytes.ts';
import { answered, openDatabase, written } from './database.ts';
import { restKey } from './keys.ts';

/** As it stands on the disk. */
export interface AtRest {
  nonce: Bytes;
  data: ArrayBuffer;
}

/** Seals a value under its name: put under another name, it does not open. */
export async function sealAtRest(key: CryptoKey, name: string, value: unknown): Promise<AtRest> {
  const nonce = random(12);
  const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: utf8(name) }, key, utf8(JSON.stringify(value)));
  return { nonce, data };
}

export async function openAtRest<T>(key: CryptoKey, name: string, kept: AtRest): Promise<T> {
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: kept.nonce, additionalData: utf8(name) }, key, kept.data);
  return JSON.parse(fromUtf8(plain)) as T;
}

/** A drawer of sealed values by name. Each has its own database, so that one can be emptied without the others. */
export class Drawer {
  readonly #database: string;
  readonly #keyName: string;
  #opened: Promise<IDBDatabase> | undefined;

  constructor(database: string, keyName: string) {
    this.#database = database;
    this.#keyName = keyName;
  }

  /** `undefined` where nothing is kept, or where the key is gone and nobody can open it any more. */
  async get<T>(name: string): Promise<T | undefined> {
    const db = await this.#db();
    const kept = (await answered(db.transaction(STORE).objectStore(STORE).get(name))) as AtRest | undefined;
    if (!kept) return undefined;
    const key = await restKey(this.#keyName);
    return openAtRest<T>(key, name, kept).catch(() => undefined);
  }

  /** Done when it stands on the disk. */
  async put(name: string, value: unknown): Promise<void> {
    const sealed = await sealAtRest(await restKey(this.#keyName), name, value);
    await written(await this.#db(), STORE, (at) => void at.objectStore(STORE).put(sealed, name));
  }

  async remove(name: string): Promise<void> {
    await written(await this.#db(), STORE, (at) => void at.objectStore(STORE).delete(name));
  }

  async names(): Promise<string[]> {
    const db = await this.#db();
    return (await answered(db.transaction(STORE).objectStore(STORE).getAllKeys())).map(String);
  }

  async empty(): Promise<void> {
    await written(await this.#db(), STORE, (at) => void at.objectStore(STORE).clear());
  }

  #db(): Promise<IDBDatabase> {
    this.#opened ??= openDatabase(this.#database, [STORE]).catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }
}

const STORE = 'sealed';
