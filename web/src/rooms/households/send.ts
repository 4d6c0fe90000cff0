/** Carries the family's information to the prefecture, and brings back what a code at a desk needs without a network. */
import { Refused } from '$lib/api/client.ts';
import { newId } from '$lib/ids.ts';
import { newToken, tokenText } from '$lib/seal/token.ts';
import * as api from './api.ts';
import { asDevice, openSession } from './device.ts';
import { arrived, read, type Kept } from './kept.ts';

type Note = (work: (kept: Kept) => Kept) => Promise<void>;

/** Throws where the network failed or the server refused; what arrived until then is noted. */
export async function carry(kept: Kept, note: Note, evenOverStaff: boolean): Promise<void> {
  await openSession(evenOverStaff);
  const { command } = kept;
  if (command && !(await asDevice(() => household(kept, command, note)))) return;
  for (const consent of kept.consents.filter((each) => each.command !== null)) {
    const { what, text_version, given } = consent;
    await asDevice(() => api.consent(consent.command ?? newId(), { what, text_version, given }));
    await note((now) => ({ ...now, consents: now.consents.map((each) => (each.command === consent.command ? { ...each, command: null } : each)) }));
  }
  await provision(note);
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
    await note((now) => ({ ...now, refused: error.message }));
    throw error;
  }
}

/** The phone's code needs a token, and the key of the municipality that the card in it is sealed to. */
async function provision(note: Note): Promise<void> {
  const current = await read();
  const municipality = current?.household.municipality;
  if (!current || current.revision === 0) return;
  const listed = await asDevice(api.tokens);
  let tokens = listed.map((each) => ({ ...each, token: each.token ?? current?.tokens.find(({ id }) => id === each.id)?.token ?? null }));
  if (!tokens.some((each) => each.kind === 'phone' && !each.revoked_at && each.token)) {
    const token = tokenText(newToken());
    tokens = [...tokens, { ...(await asDevice(() => api.addToken(newId(), 'phone', token))), token }];
  }
  await note((now) => ({ ...now, tokens }));
  if (municipality && current.key?.municipality !== municipality) {
    const key = await api.sealingKey(municipality);
    await note((now) => ({ ...now, key: { municipality, key } }));
  }
}
