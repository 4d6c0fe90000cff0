/** The cable between a kit and its centre, and pulling it: a network namespace where this machine allows one, else a relay that hangs up. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { relay } from './relay.mjs';

const INSIDE = fileURLToPath(new URL('inside.mjs', import.meta.url));

/** `centre` is the centre's port on this machine; `folder` one that is thrown away. `MAMORI_CABLE=relay` asks for no namespace. */
export async function cable(centre, folder) {
  if (process.env.MAMORI_CABLE !== 'relay' && process.getuid?.() === 0) {
    try {
      return await namespace(centre, folder);
    } catch (error) {
      console.log(`note    no network namespace on this machine, a relay hangs up instead: ${String(error.message).split('\n')[0]}`);
    }
  }
  return relayed(centre);
}

async function relayed(centre) {
  const line = await relay('127.0.0.1', { host: '127.0.0.1', port: centre });
  return {
    how: 'relay',
    /** Where the kit finds its centre. */
    url: `http://127.0.0.1:${line.port}`,
    /** A command as it is started where the kit stands. */
    there: (file, args) => [file, args],
    /** Status and text of an answer of the kit. */
    ask: async (url, init) => {
      const answer = await fetch(url, init);
      return { status: answer.status, text: await answer.text() };
    },
    /** A browser on the kit's own machine. */
    browser: () => launch(),
    cut: line.cut,
    mend: line.mend,
    close: line.close,
  };
}

async function namespace(centre, folder) {
  const [space, near, far] = [`mamori-e2e-${process.pid}`, `mk${process.pid}a`, `mk${process.pid}b`];
  const net = `10.77.${10 + (process.pid % 200)}`;
  const ip = (words) => execFileSync('ip', words.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] });
  const within = (words) => ip(`netns exec ${space} ip ${words}`);
  const away = () => {
    for (const words of [`netns del ${space}`, `link del ${near}`]) {
      try {
        ip(words);
      } catch {
        // It never was, or went with its other end.
      }
    }
  };
  try {
    ip(`netns add ${space}`);
    ip(`link add ${near} type veth peer name ${far}`);
    ip(`link set ${far} netns ${space}`);
    ip(`addr add ${net}.1/24 dev ${near}`);
    ip(`link set ${near} up`);
    for (const words of ['link set lo up', `addr add ${net}.2/24 dev ${far}`, `link set ${far} up`]) within(words);
  } catch (error) {
    away();
    throw error;
  }
  const outer = await relay(`${net}.1`, { host: '127.0.0.1', port: centre });
  const there = (file, args) => ['ip', ['netns', 'exec', space, file, ...args]];
  const child = spawn(...there(process.execPath, [INSIDE, `${net}.1`, String(outer.port)]), { stdio: ['pipe', 'pipe', 'inherit'] });
  const agent = await heard(child);
  return {
    how: 'namespace',
    url: `http://127.0.0.1:${agent.relay}`,
    there,
    ask: agent.ask,
    browser: () => launch(script(folder, space)),
    cut: () => ip(`link set ${near} down`),
    mend: () => ip(`link set ${near} up`),
    close: () => {
      child.kill('SIGKILL');
      outer.close();
      away();
    },
  };
}

/** The program inside: where its relay listens, and how it is asked. */
async function heard(child) {
  const [waiting, lines] = [new Map(), createInterface({ input: child.stdout })];
  let count = 0;
  const first = new Promise((ready, failed) => {
    child.once('exit', () => failed(new Error('nobody stands inside the namespace')));
    lines.on('line', (text) => {
      const { n, relay: port, error, ...answer } = JSON.parse(text);
      if (port !== undefined) return ready(port);
      const asked = waiting.get(n);
      waiting.delete(n);
      return error === undefined ? asked.done(answer) : asked.failed(new Error(error));
    });
  });
  const ask = (url, init) =>
    new Promise((done, failed) => {
      count += 1;
      waiting.set(count, { done, failed });
      child.stdin.write(`${JSON.stringify({ n: count, url, init })}\n`);
    });
  return { relay: await first, ask };
}

/** The browser of this machine, started inside. */
function script(folder, space) {
  const path = join(folder, 'chromium-inside');
  writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${space} "$MAMORI_CHROMIUM" "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
