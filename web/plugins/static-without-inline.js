import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import staticAdapter from '@sveltejs/adapter-static';

/**
 * adapter-static, with the boot script moved out of the page into a file of its own:
 * the server's Content-Security-Policy allows scripts from 'self' only, and no inline script.
 *
 * @param {{ fallback: string }} options
 * @returns {import('@sveltejs/kit').Adapter}
 */
export default function adapter(options) {
  const inner = staticAdapter(options);
  return {
    ...inner,
    name: 'static-without-inline',
    async adapt(builder) {
      await inner.adapt(builder);
      await moveInlineScript('build', options.fallback);
    },
  };
}

/** @param {string} folder @param {string} page */
async function moveInlineScript(folder, page) {
  const path = `${folder}/${page}`;
  const html = await readFile(path, 'utf8');
  const found = /<script>([\s\S]*?)<\/script>/.exec(html);
  if (!found) throw new Error(`${page}: no inline boot script; has SvelteKit changed its page?`);
  const text = (found[1] ?? '').replace(/^\t+/gm, '').trim();
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 10);
  const file = `_app/immutable/entry/boot.${hash}.js`;
  await writeFile(`${folder}/${file}`, `${text}\n`);
  const moved = html.replace(found[0], `<script src="/${file}"></script>`);
  if (/<script>|\sstyle="/.test(moved)) throw new Error(`${page}: inline script or style is left`);
  await writeFile(path, moved);
}
