/** The codes that this phone knows in full. Pure. */
import type { Kept } from './kept.ts';
import type { Token, TokenKind } from './wire.ts';

/** In force, and known here: the server gives its letters to nobody twice. */
export function known(kept: Kept | undefined, kind: TokenKind): (Token & { token: string }) | undefined {
  return kept?.tokens.find((each): each is Token & { token: string } => each.kind === kind && each.revoked_at === null && each.token !== null);
}

/** This phone's own: another phone of the family signs with another key. */
export function phoneToken(kept: Kept | undefined): string | undefined {
  const own = kept?.phone;
  return own && kept.tokens.some(({ id, revoked_at }) => id === own.id && revoked_at === null) ? own.token : undefined;
}
export const paperToken = (kept: Kept | undefined): string | undefined => known(kept, 'paper')?.token;
export const paperCodeOf = (token: string): string => `M1:${token}`;
