/** Calls of a device about its own subscription. It shows its secret, and no account. */
import { call } from '$lib/api/client.ts';
import type { Identity, Kept, Subscription } from './model.ts';

const ROOT = '/api/notices/subscriptions';
const bearer = ({ secret }: Identity) => ({ authorization: `Bearer ${secret}` });

/** The server's key, from its public document. */
export async function serverKey(): Promise<string> {
  const answer = await fetch('/public/notices/push.json', { cache: 'no-cache' });
  return ((await answer.json()) as { key: string }).key;
}

export const kept = (self: Identity) => call<Kept>('GET', `${ROOT}/${self.id}`, undefined, bearer(self));
export const put = (self: Identity, wanted: Subscription) => call<Kept>('PUT', `${ROOT}/${self.id}`, wanted, bearer(self));
export const remove = (self: Identity) => call<undefined>('DELETE', `${ROOT}/${self.id}`, undefined, bearer(self));
export const test = (self: Identity) => call<{ notice: string }>('POST', `${ROOT}/${self.id}/test`, undefined, bearer(self));
