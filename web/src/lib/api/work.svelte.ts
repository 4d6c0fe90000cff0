/** A piece of work with the server as a screen sees it: running, refused, done. */
import { untrack } from 'svelte';
import { t } from '$lib/i18n/index.svelte.ts';
import { Refused } from './client.ts';

export class Work {
  running = $state(false);
  /** Words for people: why it did not work. */
  trouble = $state<string | null>(null);
  /** The refusal's stable code. */
  code = $state<string | null>(null);

  /** Runs the work once at a time; `undefined` when it was refused or failed. */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    // Work begun by an effect must not begin again because it ended.
    if (untrack(() => this.running)) return undefined;
    this.running = true;
    this.trouble = null;
    this.code = null;
    try {
      return await work();
    } catch (error) {
      this.code = error instanceof Refused ? error.code : null;
      this.trouble = error instanceof Refused ? error.message : t('work.failed');
      return undefined;
    } finally {
      this.running = false;
    }
  }
}
