/** What a device keeps of its notices, and what it asks for. */
import type { Wire } from '$lib/api/wire.ts';

export type Kinds = Wire<'NoticeKinds'>;
export type Place = Wire<'NoticePlace'>;
export type Quiet = Wire<'QuietHours'>;
export type Subscription = Wire<'NoticeSubscription'>;
export type Kept = Wire<'NoticeSubscriptionView'>;
export type Kind = Wire<'NoticeKind'>;

/** A message as it was sealed for this device. */
export interface Message {
  v: 1;
  id: string;
  receipt: string;
  mode: 'live' | 'drill';
  kind: Kind;
  rank: number;
  urgent: boolean;
  title: string;
  body: string;
  lang: 'ja' | 'en';
  tag: string;
  at: string;
  towns: string[];
}

/** A message with when it came here, and whether the server knows that it was shown. */
export interface Received {
  message: Message;
  receivedAt: string;
  reported: boolean;
}

/** What this device is known by: a random id, and a secret that only it knows. */
export interface Identity {
  id: string;
  secret: string;
}

/** What can be chosen: ranks from the widest to the narrowest, as the server knows them. */
export const CHOICES = { tsunami: [3, 4, 5], evacuation: [3, 4, 5], quake: [3, 4, 5, 6, 7], warning: [2, 3, 4, 5] } as const;
export type Ranked = keyof typeof CHOICES;
export const RANKED = Object.keys(CHOICES) as Ranked[];
export const DEFAULTS: Kinds = { tsunami: 3, evacuation: 3, quake: 4, warning: 3, office: true };

/** Reads what came in a push; `undefined` for anything that is none of ours. */
export function understood(text: string): Message | undefined {
  try {
    const found = JSON.parse(text) as Partial<Message>;
    const words = [found.id, found.receipt, found.title, found.body, found.tag].every((word) => typeof word === 'string');
    return found.v === 1 && words ? (found as Message) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether one message was made after another; ids of one moment are in order, too. */
export const isLater = (one: Message, other: Message): boolean => (Date.parse(one.at) - Date.parse(other.at) || one.id.localeCompare(other.id)) > 0;

/** Minutes of the day as a clock shows them, and back. */
export const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
export function minutes(shown: string): number | undefined {
  const found = /^(\d{1,2}):(\d{2})$/.exec(shown);
  const [hour, minute] = [Number(found?.[1]), Number(found?.[2])];
  return found && hour < 24 && minute < 60 ? hour * 60 + minute : undefined;
}
