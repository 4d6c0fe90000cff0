/** Who is asking, and what they may do (職務), by the types of the API description. */
import type { Wire } from '$lib/api/wire.ts';

export type Duty = Wire<'Duty'>;
export type Grant = Wire<'Grant'>;
export type Held = Wire<'Held'>;
export type Me = Wire<'Me'>;
export type DemoAccount = Wire<'DemoAccount'>;
export type Ceremony = Wire<'CeremonyBegun'>;
export type Invitation = Wire<'ReceivedInvitation'>;
export type InvitationLink = Wire<'InvitationLink'>;
export type OpenInvitation = Wire<'OpenInvitation'>;
export type StaffAccount = Wire<'StaffAccount'>;

export const DUTIES: readonly Duty[] = ['administrator', 'evacuation-orders', 'feed-operator', 'drill-control', 'places', 'shelters', 'shelter-desk', 'evacuees', 'protection', 'notices', 'programmes', 'watch'];
/** The area of a duty for all of Aomori; a municipality's is `municipality:02203`. */
export const PREFECTURE = 'prefecture:02';

/** Does somebody hold the duty for the area? The prefecture's duty covers every municipality. */
export function holds(duties: readonly Grant[], duty: Duty, area?: string): boolean {
  return duties.some((held) => held.duty === duty && (area === undefined || held.area === PREFECTURE || held.area === area));
}
