/** What a resident's first visit to the home page transfers before the map, as the server sends it: brotli and gzip. */
import { request } from 'node:http';
import { launch, open } from './browser.mjs';
import { start } from './server.mjs';

const PACKED_MS = 60_000;
/** Below this the server sends a file as it is: compressing would save nothing. */
const TINY = 256;
const LIMITS = { js: 100 * 1024, total: 250 * 1024 };

const server = await start(3600);
const browser = await launch();
const { page, close } = await open(browser, server.origin, { settings: { area: '02203' }, serviceWorkers: 'block' });
const urls = new Set();
page.on('request', (sent) => urls.add(sent.url()));
await page.goto('/');
await page.locator('#top-headline').waitFor();
await page.waitForTimeout(1_500);
await close();
await browser.close();

let over = 0;
for (const encoding of ['br', 'gzip']) {
  const sums = { js: 0, total: 0 };
  for (const url of [...urls].filter((each) => !each.endsWith('/stream'))) {
    const size = await transferred(url, encoding);
    sums.total += size;
    if (new URL(url).pathname.endsWith('.js')) sums.js += size;
  }
  for (const [what, limit] of Object.entries(LIMITS)) {
    const ok = sums[what] <= limit;
    if (!ok) over += 1;
    console.log(`figure home_${what}_${encoding}_kb ${(sums[what] / 1024).toFixed(1)}`);
    console.log(`home first visit ${what} ${encoding} | ${(sums[what] / 1024).toFixed(1)} KB | <= ${limit / 1024} KB | ${ok ? 'ok' : 'short'}`);
  }
}
console.log(`${urls.size} requests`);
await server.stop();
process.exit(over === 0 ? 0 : 1);

/** Bytes of the body as sent. The server compresses its files in the seconds after its start: those are waited for. */
async function transferred(url, encoding) {
  for (const end = Date.now() + PACKED_MS; ; ) {
    const { size, packed } = await fetched(url, encoding);
    if (packed || !/\.(js|css)$/.test(url) || size < TINY || Date.now() > end) return size;
    await new Promise((done) => setTimeout(done, 500));
  }
}

function fetched(url, encoding) {
  return new Promise((done, failed) => {
    const sent = request(url, { headers: { 'accept-encoding': encoding, accept: url.endsWith('/') ? 'text/html' : '*/*' } }, (answer) => {
      let size = 0;
      answer.on('data', (part) => (size += part.length));
      answer.on('end', () => done({ size, packed: answer.headers['content-encoding'] === encoding }));
    });
    sent.once('error', failed);
    sent.end();
  });
}
