/** The log of the desk's shelter, asked again after every exchange with the node. In memory and nowhere else. */
import { unreachable } from './api.ts';
import { desk } from './desk.svelte.ts';
import { households } from './households.svelte.ts';
import { merged } from './log.ts';
import { log, type LogLine } from './shelter.ts';

class ShelterLog {
  #lines = $state.raw<readonly LogLine[]>([]);
  #of = $state<string | null>(null);
  /** The kit is locked: what was written is told without words. */
  locked = $state(false);
  more = $state(false);
  days = $state(3);
  /** When it came from the node. */
  loaded = $state.raw<Date | null>(null);
  entries = $derived(merged(this.#of === desk.choice?.facility ? this.#lines : [], households.written));

  async load(): Promise<void> {
    const { facility, disaster } = desk.choice ?? {};
    if (!facility || !disaster) return;
    try {
      const told = await log(facility, disaster, this.days);
      [this.#lines, this.#of, this.locked, this.more, this.loaded] = [told.lines, facility, told.locked, told.more, new Date()];
    } catch (error) {
      if (!unreachable(error)) throw error;
    }
  }
}

export const shelterLog = new ShelterLog();
