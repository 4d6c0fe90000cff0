/** Words looked for over the whole prefecture: by the server, and on the device where it cannot be reached. */
import { searchPlaces, type Found } from './api.ts';
import type { Filter } from './filter.ts';

const PAUSE_MS = 250;

export class Search {
  found = $state.raw<Found>();
  running = $state(false);
  /** The server did not answer: the device looks in what it has. */
  failed = $state(false);

  constructor(filter: () => Filter | null) {
    $effect(() => {
      const asked = filter();
      this.failed = false;
      if (!asked || asked.words.trim() === '') {
        this.found = undefined;
        this.running = false;
        return;
      }
      this.running = true;
      let stale = false;
      const timer = setTimeout(() => {
        searchPlaces(asked)
          .then((found) => {
            if (!stale) this.found = found;
          })
          .catch(() => {
            if (!stale) [this.found, this.failed] = [undefined, true];
          })
          .finally(() => {
            if (!stale) this.running = false;
          });
      }, PAUSE_MS);
      return () => {
        stale = true;
        clearTimeout(timer);
      };
    });
  }
}
