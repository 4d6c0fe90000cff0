/** Calls of the households room for a resident's phone. */
import { call } from '$lib/api/client.ts';
import type { PublicKey } from '$lib/seal/hpke.ts';
import type { ConsentAsked, Consents, Invite, LinkedDevice, Look, Mine, Token, TokenKind } from './wire.ts';
import type { Household } from './model.ts';

const ROOT = '/api/households';
const MINE = `${ROOT}/mine`;

export const mine = () => call<Mine>('GET', MINE);
export const put = (command: string, revision: number, household: Household) => call<Mine>('PUT', MINE, { command, revision, household });
export const remove = () => call<undefined>('DELETE', MINE);
export const exported = () => call<unknown>('GET', `${MINE}/export`);

export const tokens = () => call<Token[]>('GET', `${MINE}/tokens`);
export const addToken = (command: string, kind: TokenKind, token?: string) => call<Token>('POST', `${MINE}/tokens`, { command, kind, token });
export const revokeToken = (id: string) => call<undefined>('DELETE', `${MINE}/tokens/${id}`);
export const reissueToken = (id: string, command: string) => call<Token>('POST', `${MINE}/tokens/${id}/reissue`, { command });

export const consents = () => call<Consents>('GET', `${MINE}/consents`);
export const consent = (command: string, asked: ConsentAsked) => call<Consents>('POST', `${MINE}/consents`, { command, ...asked });

export const invite = (command: string, person: string | null) => call<Invite>('POST', `${MINE}/invite`, { command, person });
export const devices = () => call<LinkedDevice[]>('GET', `${MINE}/devices`);
export const setGuardian = (device: string, guardian: boolean) => call<undefined>('PUT', `${MINE}/devices/${device}`, { guardian });
export const removeDevice = (device: string) => call<undefined>('DELETE', `${MINE}/devices/${device}`);
export const join = (command: string, code: string) => call<Mine>('POST', `${ROOT}/join`, { command, code });
export const leave = (command: string, person: string | null) => call<undefined>('POST', `${ROOT}/leave`, { command, person });

export const looked = () => call<Look[]>('GET', `${MINE}/looked`);
/** What the code of this phone is sealed to: the desks of the municipality read it, with a network or without. */
export const deskKey = (municipality: string) => call<PublicKey>('GET', `${ROOT}/keys/${municipality}/desk`);
