/** Why a desk could not write. */
export type Trouble = 'full' | 'unavailable' | 'keys' | 'device' | 'insecure';

/** Why nothing could be written; the desk says what to do. */
export class DeskTrouble extends Error {
  readonly why: Trouble;
  constructor(why: Trouble, cause?: unknown) {
    super(why, { cause });
    this.why = why;
  }
}
