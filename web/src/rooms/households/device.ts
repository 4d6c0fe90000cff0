/** The phone's own account: a key made on it, and a session opened with that key. Nobody types a name or a password. */
import { call, Refused } from '$lib/api/client.ts';
import { deviceKey, signText } from '$lib/seal/keys.ts';
import { me } from '$rooms/identity/api.ts';
import type { Me } from '$rooms/identity/model.ts';
import { known } from '$rooms/identity/session.svelte.ts';

const ROOT = '/api/identity/devices';

/** Somebody of an office is signed in with this browser; a phone's session would sign them out. */
export class StaffHere extends Error {}

interface Nonce {
  challenge: string;
  message: string;
}

/** Opens a session where there is none. */
export async function openSession(evenOverStaff = false): Promise<void> {
  const current = await me();
  if (current.kind === 'staff' && !evenOverStaff) throw new StaffHere();
  const key = await deviceKey();
  if (current.kind === 'device' && current.device === remembered(key.kid)) return;
  const { device } = await call<{ device: string }>('POST', ROOT, { key: key.key });
  const { challenge, message } = await call<Nonce>('POST', `${ROOT}/nonce`);
  known(await call<Me>('POST', `${ROOT}/session`, { challenge, key: key.key, signature: await signText(key, message) }));
  remember(key.kid, device);
}

/** A session of another key would be a session of another phone: its codes would carry the wrong signature. */
const PLACE = 'mamori.device';

function remembered(kid: string): string | null {
  try {
    const [known, device] = (localStorage.getItem(PLACE) ?? '').split(' ');
    return known === kid && device ? device : null;
  } catch {
    return null;
  }
}

function remember(kid: string, device: string): void {
  try {
    localStorage.setItem(PLACE, `${kid} ${device}`);
  } catch {
    // Then it signs in again the next time.
  }
}

/** Does the work; once more with a new session where the old one had ended. */
export async function asDevice<T>(work: () => Promise<T>): Promise<T> {
  await openSession();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error;
    await openSession();
    return work();
  }
}
