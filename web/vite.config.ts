import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';
import { baseMap } from './plugins/base-map.ts';
import { noInlineStyle } from './plugins/no-inline-style.ts';

const server = process.env.MAMORI_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [noInlineStyle(), baseMap(), tailwindcss(), sveltekit()],
  build: { target: 'es2022', chunkSizeWarningLimit: 1200 },
  server: {
    proxy: Object.fromEntries(['/public', '/stream', '/api', '/lite', '/openapi.json'].map((path) => [path, server])),
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts', 'plugins/**/*.test.ts'] },
});
