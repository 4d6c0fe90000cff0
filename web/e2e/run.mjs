/** Runs every flow in a real browser against the real program, and ends with one line of counts. */
import { launch } from './browser.mjs';
import { camera } from './flows/camera.mjs';
import { centre } from './flows/centre.mjs';
import { desk } from './flows/desk.mjs';
import { deskScreens } from './flows/desk-screens.mjs';
import { household } from './flows/household.mjs';
import { kitStory } from './flows/kit-story.mjs';
import { live } from './flows/live.mjs';
import { notices } from './flows/notices.mjs';
import { office } from './flows/office.mjs';
import { offline } from './flows/offline.mjs';
import { places } from './flows/places.mjs';
import { pages } from './flows/pages.mjs';
import { register } from './flows/register.mjs';
import { registry } from './flows/registry.mjs';
import { start } from './server.mjs';

/** Slow enough that a page can be opened before the tsunami warning (24 s after the first telegram). */
const SPEED = 5;
const only = process.argv[2];
const counts = { passed: 0, failed: 0, skipped: 0 };

const server = await start(SPEED);
const browser = await launch();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.stop().then(() => process.exit(130)));
const world = { browser, origin: server.origin, binary: server.binary };
try {
  for (const flow of [live, office, notices, register, household, pages, places, desk, deskScreens, centre, camera, kitStory, registry, offline]) {
    for (const [name, run] of Object.entries(flow)) {
      if (only && !name.includes(only)) {
        counts.skipped += 1;
        continue;
      }
      await one(name, () => run(world));
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);

async function one(name, run) {
  const begun = Date.now();
  try {
    await run();
    counts.passed += 1;
    console.log(`ok      ${name} (${Date.now() - begun} ms)`);
  } catch (error) {
    counts.failed += 1;
    console.log(`FAILED  ${name}\n        ${String(error.stack ?? error).split('\n').slice(0, 14).join('\n        ')}`);
  } finally {
    for (const context of browser.contexts()) await context.close();
  }
}
