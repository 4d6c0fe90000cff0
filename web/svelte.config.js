import adapter from './plugins/static-without-inline.js';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  kit: {
    adapter: adapter({ fallback: '200.html' }),
    alias: { $rooms: 'src/rooms' },
    // One sheet and few chunks: a congested network pays for every request.
    output: { bundleStrategy: 'split' },
    serviceWorker: { register: false },
    version: { pollInterval: 0 },
  },
  compilerOptions: { runes: true },
};
