/** What the server answers a resident's phone, by the types of the API description. */
import type { Wire } from '$lib/api/wire.ts';
import type { Household } from './model.ts';

export type Mine = Omit<Wire<'HouseholdMine'>, 'household'> & { household: Household };
export type Token = Wire<'HouseholdToken'>;
export type TokenKind = Wire<'HouseholdTokenKind'>;
export type Consents = Wire<'HouseholdConsents'>;
export type ConsentAsked = Omit<Wire<'HouseholdConsentSay'>, 'command'>;
export type ConsentWhat = ConsentAsked['what'];
export type Invite = Wire<'HouseholdInvite'>;
/** A phone of the family. */
export type LinkedDevice = Wire<'HouseholdDevice'>;
/** Somebody opened the family's information. Never who: the office answers for its people. */
export type Look = Wire<'HouseholdLook'>;

/** What is asked, each by itself. */
export const CONSENTS = ['desk', 'safety', 'supporters', 'website', 'notices'] as const satisfies ConsentWhat[];
/** The version of the texts of the consents, as they stand in the files of words. */
export const CONSENT_TEXT = 'v1';
