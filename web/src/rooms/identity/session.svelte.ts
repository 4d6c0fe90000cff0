/** The signed-in person on this device, as the server last said. */
import * as api from './api.ts';
import { holds, type Duty, type Me } from './model.ts';

let current = $state.raw<Me>();

export const person = (): Me | undefined => current;
export const signedIn = (): boolean => current?.kind === 'staff';
export const may = (duty: Duty, area?: string): boolean => holds(current?.duties ?? [], duty, area);

export async function whoAmI(): Promise<void> {
  current = await api.me();
}

export function known(me: Me): void {
  current = me;
}

export async function leave(everywhere: boolean): Promise<void> {
  await (everywhere ? api.signOutEverywhere() : api.signOut());
  await whoAmI();
}
