/** Evacuation orders as staff write and release them (避難情報の起案・承認). */
import { call } from '$lib/api/client.ts';
import type { Wire } from '$lib/api/wire.ts';

export type OrderLevel = 3 | 4 | 5;
export type OrderContent = Omit<Wire<'OrderContent'>, 'level'> & { level: OrderLevel };
export type Order = Omit<Wire<'OrderView'>, 'level'> & { level: OrderLevel };
export type OrderStatus = Order['status'];
/** What the releasing person says again, so that a wrong screen is noticed. */
export type Restated = Omit<Wire<'Restated'>, 'level'> & { level: OrderLevel };

const ROOT = '/api/alerts/orders';

/** What ends or releases an order, in one step. */
export type Step = 'reject' | 'lift' | 'withdraw';

export const orders = () => call<Order[]>('GET', ROOT);
export const order = async (id: string): Promise<Order | undefined> => (await orders()).find((each) => each.id === id);
/** `id` and `command` are made here once for each intent: sending again changes nothing. */
export const propose = (id: string, content: OrderContent) => call<Order>('POST', ROOT, { id, ...content });
export const approve = (id: string, command: string, restated: Restated) => call<Order>('POST', `${ROOT}/${id}/approve`, { command, restated });
export const correct = (id: string, command: string, content: OrderContent) => call<Order>('POST', `${ROOT}/${id}/correct`, { command, ...content });
export const step = (id: string, command: string, what: Step) => call<Order>('POST', `${ROOT}/${id}/${what}`, { command });

/** Districts as typed, one a line or divided by 、 or commas; each once. */
export function districtsOf(typed: string): string[] {
  return [...new Set(typed.split(/[\n、,，]/).map((each) => each.trim()).filter((each) => each !== ''))];
}

/** Waiting ones first, then those in force, then what has ended; newest first within. */
export function byUrgency(list: readonly Order[]): Order[] {
  const place: Record<OrderStatus, number> = { proposed: 0, in_force: 1, lifted: 2, withdrawn: 2, rejected: 3, expired: 3 };
  return [...list].sort((a, b) => place[a.status] - place[b.status] || b.proposed_at.localeCompare(a.proposed_at));
}
