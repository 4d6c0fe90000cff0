/** Carries the family's information to the prefecture, and brings back what a code at a desk needs without a network. */
import { Refused } from '$lib/api/client.ts';
import { newId } from '$lib/ids.ts';
import { newToken, tokenText } from '$lib/seal/token.ts';
import * as api from './api.ts';
import { asDevice, openSession } from './device.ts';
import { arrived, gone, pulled, read, type Kept } from './kept.ts';

type Note = (work: (kept: Kept) => Kept) => Promise<void>;

/** A municipality's key is asked for again after a day: it may have been changed. */
const KEY_MS = 24 * 3_600_000;

/** Throws where the network failed or the server refused; what arrived until then is noted. */
export async function carry(kept: Kept, note: Note, evenOverStaff: boolean): Promise<void> {
  await openSession(evenOverStaff);
  const { command } = kept;
  if (command && !kept.refused) {
    if (!(await asDevice(() => household(kept, command, note)))) return;
  } else {
    await pull(note);
  }
  await provision(note);
  await tellConsents(note);
}

/** What another phone of the family changed comes here, where nothing was changed here. */
async function pull(note: Note): Promise<void> {
  try {
    const mine = await asDevice(api.mine);
    await note((now) => pulled(now, mine, new Date().toISOString()));
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 404) throw error;
    await note(gone);
  }
}

async function tellConsents(note: Note): Promise<void> {
  const kept = await read();
  if (!kept || kept.revision === 0) return;
  for (const consent of kept.consents.filter((each) => each.command !== null)) {
    const { what, text_version, given } = consent;
    await asDevice(() => api.consent(consent.command ?? newId(), { what, text_version, given }));
    await note((now) => ({ ...now, consents: now.consents.map((each) => (each.command === consent.command ? { ...each, command: null } : each)) }));
  }
  const { given } = await asDevice(api.consents);
  await note((now) => ({ ...now, consents: [...given.filter(({ what }) => !now.consents.some((each) => each.what === what && each.command !== null)).map((each) => ({ ...each, command: null })), ...now.consents.filter(({ command }) => command !== null)] }));
}

/** False where another phone was first: then the family decides. */
async function household(kept: Kept, command: string, note: Note): Promise<boolean> {
  try {
    const answer = await api.put(command, kept.revision, kept.household);
    await note((now) => arrived(now, command, answer, new Date().toISOString()));
    return true;
  } catch (error) {
    if (!(error instanceof Refused) || error.status >= 500 || error.status === 401 || error.status === 429) throw error;
    if (error.code === 'stale-revision') {
      const theirs = await api.mine();
      await note((now) => ({ ...now, theirs }));
      return false;
    }
    await note((now) => ({ ...(error.code === 'household-gone' ? gone(now) : now), refused: error.message }));
    throw error;
  }
}

/** The phone's code needs a token of its own, and the key of the municipality that the card in it is sealed to. */
async function provision(note: Note): Promise<void> {
  const before = await read();
  if (!before || before.revision === 0) return;
  await refreshTokens(note);
  await ownToken(note);
  const municipality = before.household.municipality;
  const { key: known } = before;
  const old = !known || known.municipality !== municipality || Date.now() - known.at > KEY_MS;
  if (municipality && old) {
    const key = await api.deskKey(municipality);
    await note((now) => ({ ...now, key: { municipality, key, at: Date.now() } }));
  }
}

export async function refreshTokens(note: Note): Promise<void> {
  const tokens = await asDevice(api.tokens);
  await note((now) => ({ ...now, tokens }));
}

/** Written down before it is sent: a lost answer makes no second one. */
export async function ownToken(note: Note): Promise<void> {
  const fresh = { id: newId(), token: tokenText(newToken()) };
  const inForce = ({ phone, tokens }: Kept) => phone !== null && !tokens.some(({ id, revoked_at }) => id === phone.id && revoked_at !== null);
  await note((now) => (inForce(now) ? now : { ...now, phone: fresh }));
  const kept = await read();
  if (!kept?.phone || kept.tokens.some(({ id }) => id === kept.phone?.id)) return;
  const { id, token } = kept.phone;
  const made = await asDevice(() => api.addToken(id, 'phone', token));
  await note((now) => ({ ...now, tokens: [...now.tokens.filter((each) => each.id !== made.id), made] }));
}
