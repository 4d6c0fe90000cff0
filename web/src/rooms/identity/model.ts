/** Who is asking, and what they may do (職務). */
export type Duty = 'administrator' | 'evacuation-orders' | 'feed-operator' | 'drill-control' | 'watch';
export const DUTIES: readonly Duty[] = ['administrator', 'evacuation-orders', 'feed-operator', 'drill-control', 'watch'];
export const PREFECTURE = 'prefecture:02';

export interface Grant {
  duty: Duty;
  /** `municipality:02203`, or `prefecture:02` for all of Aomori. */
  area: string;
}

export interface Held extends Grant {
  area_name: string;
}

export interface Me {
  kind: 'anonymous' | 'device' | 'staff';
  account: string | null;
  name: string | null;
  duties: Held[];
  ends_at: string | null;
  demo: boolean;
}

export interface DemoAccount {
  account: string;
  name: string;
  duties: Grant[];
}

export interface Ceremony {
  challenge: string;
  public_key: Record<string, unknown>;
  expires_at: string;
}

export interface Invitation {
  name: string;
  duties: Held[];
  expires_at: string;
}

export interface OpenInvitation extends Invitation {
  id: string;
  invited_by: string;
  created_at: string;
}

export interface StaffAccount {
  id: string;
  name: string;
  duties: Held[];
  suspended_at: string | null;
  created_at: string;
}

/** Does somebody hold the duty for the area? The prefecture's duty covers every municipality. */
export function holds(duties: readonly Grant[], duty: Duty, area?: string): boolean {
  return duties.some((held) => held.duty === duty && (area === undefined || held.area === PREFECTURE || held.area === area));
}
