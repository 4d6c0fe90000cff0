import type { Plugin } from 'vite';

/**
 * SvelteKit's page announcer hides itself by an inline style attribute, which our
 * Content-Security-Policy refuses. The same look comes from a class of ours.
 */
export function noInlineStyle(): Plugin {
  return {
    name: 'mamori-no-inline-style',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/generated/root.svelte') && !id.includes('/generated/root.svelte?')) return null;
      return code.replace(/(id="svelte-announcer"[^>]*?)\sstyle="[^"]*"/, '$1 class="announcer"');
    },
  };
}
