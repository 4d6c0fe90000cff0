/**
 * Stands inside a network namespace for somebody outside: leads connections out to the centre, and asks the kit there.
 * One request a line in, one answer a line out; the first line says where the relay listens.
 */
import { createInterface } from 'node:readline';
import { relay } from './relay.mjs';

const [host, port] = process.argv.slice(2);
const say = (words) => process.stdout.write(`${JSON.stringify(words)}\n`);
const line = await relay('127.0.0.1', { host, port: Number(port) });
say({ relay: line.port });
for await (const asked of createInterface({ input: process.stdin })) void ask(JSON.parse(asked));
line.close();

async function ask({ n, url, init }) {
  try {
    const answer = await fetch(url, init);
    say({ n, status: answer.status, text: await answer.text() });
  } catch (error) {
    say({ n, error: String(error.cause ?? error) });
  }
}
