/** Calls of the identity room. */
import { call } from '$lib/api/client.ts';
import type { Ceremony, DemoAccount, Grant, Invitation, InvitationLink, Me, OpenInvitation, StaffAccount } from './model.ts';

const ROOT = '/api/identity';

export const me = () => call<Me>('GET', `${ROOT}/me`);
export const demoAccounts = () => call<DemoAccount[]>('GET', `${ROOT}/demo-accounts`);
export const demoSignIn = (account: string) => call<Me>('POST', `${ROOT}/demo-sign-in`, { account });
export const beginSignIn = () => call<Ceremony>('POST', `${ROOT}/sign-in/begin`);
export const finishSignIn = (challenge: string, credential: unknown) => call<Me>('POST', `${ROOT}/sign-in/finish`, { challenge, credential });
export const signOut = () => call<undefined>('POST', `${ROOT}/sign-out`);
export const signOutEverywhere = () => call<undefined>('POST', `${ROOT}/sign-out-everywhere`);

export const invitation = (token: string) => call<Invitation>('GET', `${ROOT}/invitation/${encodeURIComponent(token)}`);
export const beginRegistration = (token: string) => call<Ceremony>('POST', `${ROOT}/invitation/${encodeURIComponent(token)}/begin`);
export const finishRegistration = (token: string, challenge: string, credential: unknown) =>
  call<Me>('POST', `${ROOT}/invitation/${encodeURIComponent(token)}/finish`, { challenge, credential });

export const accounts = () => call<StaffAccount[]>('GET', `${ROOT}/accounts`);
export const grant = (account: string, duty: Grant) => call<undefined>('POST', `${ROOT}/accounts/${account}/grant`, duty);
export const revoke = (account: string, duty: Grant) => call<undefined>('POST', `${ROOT}/accounts/${account}/revoke`, duty);
export const suspend = (account: string) => call<undefined>('POST', `${ROOT}/accounts/${account}/suspend`);
export const resume = (account: string) => call<undefined>('POST', `${ROOT}/accounts/${account}/resume`);
export const invitations = () => call<OpenInvitation[]>('GET', `${ROOT}/invitations`);
export const invite = (name: string, duties: Grant[]) => call<InvitationLink>('POST', `${ROOT}/invitations`, { name, duties });
export const takeBack = (id: string) => call<undefined>('DELETE', `${ROOT}/invitations/${id}`);
