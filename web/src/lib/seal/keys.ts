/**
 * The two keys of this device, made on it and never leaving it (not extractable): one signs for the device, one seals what
 * the device keeps. Whoever copies the database of the browser has neither.
 */
import { toBase64url, toHex, sha256, utf8, type Bytes } from '$lib/bytes.ts';
import { answered, openDatabase, written } from './database.ts';

const DATABASE = 'mamori-keys';
const STORE = 'keys';
const SIGNING: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' };

export interface DeviceKey {
  /** The public half, 65 bytes (`raw`) in base64url. */
  key: string;
  /** The first 16 hexadecimal digits of its SHA-256. */
  kid: string;
  /** ECDSA on P-256 with SHA-256 over the bytes: r‖s, 64 bytes. */
  sign: (message: Bytes) => Promise<Bytes>;
}

let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= openDatabase(DATABASE, [STORE]).catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

/** The key of a name, made the first time; two windows at once get the same. */
async function kept<T extends CryptoKey | CryptoKeyPair>(name: string, make: () => Promise<T>): Promise<T> {
  const db = await database();
  const found = (await answered(db.transaction(STORE).objectStore(STORE).get(name))) as T | undefined;
  if (found) return found;
  const made = await make();
  return written(db, STORE, async (at) => {
    const store = at.objectStore(STORE);
    const first = (await answered(store.get(name))) as T | undefined;
    if (first) return first;
    store.put(made, name);
    return made;
  });
}

/** `name` parts the resident's key from a desk's on the same device. */
export async function deviceKey(name = 'device'): Promise<DeviceKey> {
  const pair = await kept(name, async () => (await crypto.subtle.generateKey(SIGNING, false, ['sign', 'verify'])) as CryptoKeyPair);
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return {
    key: toBase64url(raw),
    kid: toHex((await sha256(raw)).slice(0, 8)),
    sign: async (message) => new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, message)),
  };
}

/** The signature of a text as the API takes it. */
export const signText = async (key: DeviceKey, text: string): Promise<string> => toBase64url(await key.sign(utf8(text)));

/** The key that seals what this device keeps. */
export const restKey = (name = 'rest'): Promise<CryptoKey> => kept(name, () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']));

/** Destroys a key: what it sealed is then lost to everybody. */
export async function destroyKey(name: string): Promise<void> {
  await written(await database(), STORE, (at) => void at.objectStore(STORE).delete(name));
}
