/** What the server answers a resident's phone. */
import type { Text } from '$lib/text.ts';
import type { Household } from './model.ts';

export interface Mine {
  household: Household;
  /** Counts the versions of the family's information. */
  revision: number;
  /** 32 hexadecimal digits: how desks know the family. */
  subject: string;
  changed_at: string;
  /** This phone manages the family: the others change their own entry alone. */
  guardian: boolean;
  /** The entry that is this phone's own. */
  person: string | null;
}

/** A phone of the family. */
export interface LinkedDevice {
  device: string;
  guardian: boolean;
  person: string | null;
  joined_at: string;
  /** The one that asks. */
  this: boolean;
}

export type TokenKind = 'phone' | 'paper' | 'card';

export interface Token {
  id: string;
  kind: TokenKind;
  /** 27 letters; only for whoever made it. */
  token: string | null;
  made_at: string;
  revoked_at: string | null;
}

/** What is asked, each by itself. */
export const CONSENTS = ['desk', 'safety', 'supporters', 'website', 'notices'] as const;
export type ConsentWhat = (typeof CONSENTS)[number];

export interface ConsentAsked {
  what: ConsentWhat;
  text_version: string;
  given: boolean;
}

export interface Consents {
  given: (ConsentAsked & { at: string })[];
}

export interface Invite {
  code: string;
  expires_at: string;
}

export type Purpose = 'reception' | 'care' | 'safety' | 'left-behind' | 'break-glass' | 'supplies' | 'protection' | 'correction';

/** Somebody opened the family's information. Never who: the office answers for its people. */
export interface Look {
  at: string;
  office_text: Text;
  purpose: Purpose;
}

/** The version of the texts of the consents, as they stand in the files of words. */
export const CONSENT_TEXT = 'v1';
