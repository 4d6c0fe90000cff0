/** The real program in demo mode, on a free port, with a folder of its own that is gone afterwards. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const CANDIDATES = [process.env.MAMORI_BIN, process.env.CARGO_TARGET_DIR && join(process.env.CARGO_TARGET_DIR, 'debug/mamori'), '../target/debug/mamori'];
const READY_MS = 60_000;

/** `MAMORI_ORIGIN` names a server that runs already; it is left as it is. */
export async function start(speed) {
  const running = process.env.MAMORI_ORIGIN;
  if (running) return { binary: CANDIDATES.find((path) => path && existsSync(path)), origin: running, log: () => '', stop: async () => undefined };
  const binary = CANDIDATES.find((path) => path && existsSync(path));
  if (!binary) throw new Error(`no program: build it (cargo build -p mamori) or set MAMORI_BIN; looked at ${CANDIDATES.filter(Boolean).join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'mamori-e2e-'));
  const port = await freePort();
  const child = spawn(resolve(binary), ['demo', '--port', String(port), '--speed', String(speed), '--data', join(folder, 'demo'), '--sample'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stdout.on('data', (text) => (log += text));
  child.stderr.on('data', (text) => (log += text));
  const origin = `http://localhost:${port}`;
  await ready(`${origin}/public/site.json`, () => log, child);
  return {
    binary: resolve(binary),
    origin,
    log: () => log,
    stop: async () => {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGINT');
      await Promise.race([ended, new Promise((done) => setTimeout(done, 10_000))]);
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ready(url, log, child) {
  for (const end = Date.now() + READY_MS; Date.now() < end; ) {
    if (child.exitCode !== null) break;
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`the program did not start:\n${log()}`);
}

function freePort() {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}
