import { settings } from '$lib/settings.svelte.ts';
import { speak } from '$lib/i18n/index.svelte.ts';

// The app is static: one page for every address, drawn in the browser from public documents.
export const ssr = false;
export const prerender = false;

export async function load() {
  await speak(settings.language);
}
