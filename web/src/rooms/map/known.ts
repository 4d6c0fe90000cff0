/** Waits until a document is there, or is known not to come. */
import type { Document } from '$lib/live/documents.svelte.ts';

const STEP_MS = 30;
const LONGEST_MS = 2_500;

export async function known<T>(document: () => Document<T> | undefined): Promise<T | undefined> {
  for (let waited = 0; waited < LONGEST_MS; waited += STEP_MS) {
    const found = document();
    if (found && (found.data !== undefined || found.trouble !== null)) return found.data;
    await new Promise((done) => setTimeout(done, STEP_MS));
  }
  return document()?.data;
}
