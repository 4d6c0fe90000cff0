/** What fits in the code of a phone: the whole family where it can, the names and needs always before the rest. */
import { fromHex, utf8 } from '$lib/bytes.ts';
import { lettersFor, MOST_LETTERS, phoneCode } from '$lib/seal/phone-code.ts';
import { packed } from '$lib/seal/packed.ts';
import type { PublicKey } from '$lib/seal/hpke.ts';
import type { DeviceKey } from '$lib/seal/keys.ts';
import { paperCode, readToken } from '$lib/seal/token.ts';
import { tidied, type Household } from './model.ts';

/** Left out one after the other until the code is short enough. */
const LESS = ['preferred', 'vehicle', 'remarks', 'emergency', 'landline', 'skills', 'pets', 'neighbourhood', 'postcode', 'kana', 'address'] as const;
export type LeftOut = (typeof LESS)[number];

export interface Fitting {
  household: Household;
  left: LeftOut[];
}

export function without(household: Household, what: LeftOut): Household {
  if (what === 'skills' || what === 'kana') return { ...household, persons: household.persons.map(({ [what]: _, ...person }) => person) };
  const { [what]: _, ...rest } = household;
  return rest;
}

/** The most of a family that a code holds; `undefined` where not even names and needs fit. */
export function fitting(household: Household, most = MOST_LETTERS): Fitting | undefined {
  const fit: Fitting = { household: tidied(household), left: [] };
  for (const what of [undefined, ...LESS]) {
    if (what) {
      const less = without(fit.household, what);
      if (JSON.stringify(less) === JSON.stringify(fit.household)) continue;
      fit.household = less;
      fit.left.push(what);
    }
    if (lettersFor(packed(utf8(JSON.stringify(fit.household))).length) <= most) return fit;
  }
  return undefined;
}

export interface Known {
  household: Household;
  /** The code of the phone, 27 letters. */
  token: string;
  /** 32 hexadecimal digits. */
  subject: string;
  to: PublicKey;
}

/** The code as of now. A family too large for one shows its token alone: the desk finds it where it has a roster. */
export async function codeOf({ household, token, subject, to }: Known, key: DeviceKey, at: number): Promise<{ text: string; left: LeftOut[]; whole: boolean }> {
  const bytes = readToken(token);
  if (!bytes) throw new Error('the token kept on this device is damaged');
  const fit = fitting(household);
  if (!fit) return { text: paperCode(bytes), left: [], whole: false };
  const text = await phoneCode({ token: bytes, subject: fromHex(subject), at, to, household: fit.household, sign: key.sign });
  return { text, left: fit.left, whole: true };
}
