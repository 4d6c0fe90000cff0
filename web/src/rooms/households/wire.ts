/** What the server answers a resident's phone. */
import type { Household } from './model.ts';

export interface Mine {
  household: Household;
  /** Counts the versions of the family's information. */
  revision: number;
  /** 32 hexadecimal digits: how desks know the family. */
  subject: string;
  changed_at: string;
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
export const CONSENTS = ['desk', 'safety', 'supporters'] as const;
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

/** Somebody opened the family's information. Never who: the office answers for its people. */
export interface Look {
  at: string;
  office: string;
  purpose: string;
}
