import { settings } from '$lib/settings.svelte.ts';
import { speak } from '$lib/i18n/index.svelte.ts';
import { openSite } from '$lib/site.svelte.ts';

// The app is static: one page for every address, drawn in the browser from public documents.
export const ssr = false;
export const prerender = false;

// Asked for before the page's own files are here: on a slow network each round trip counts.
openSite();
const spoken = speak(settings.language);
spoken.catch(() => undefined);

export async function load() {
  await spoken;
}
