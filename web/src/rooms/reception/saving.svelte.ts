/** One saving at a time, with words when it did not happen: nothing is said to be saved that is not. */
import { announce } from '$lib/announce.svelte.ts';
import { Refused } from '$lib/api/client.ts';
import { t } from '$lib/i18n/index.svelte.ts';
import { Unfit } from './event.ts';
import { DeskTrouble } from './trouble.ts';

export class Saving {
  running = $state(false);
  trouble = $state<string | null>(null);

  /** `true` when it is saved. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.running) return false;
    [this.running, this.trouble] = [true, null];
    try {
      await work();
      return true;
    } catch (error) {
      this.trouble = wordsFor(error);
      announce(this.trouble, true);
      return false;
    } finally {
      this.running = false;
    }
  }
}

function wordsFor(error: unknown): string {
  if (error instanceof DeskTrouble) return t(`desk.trouble.${error.why}`);
  if (error instanceof Unfit) return t(`desk.unfit.${error.why}`);
  return error instanceof Refused ? error.message : t('desk.trouble.unknown');
}
