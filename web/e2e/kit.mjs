/** A kit as it stands in a gymnasium: the real program, enrolled at a centre, on the other end of a cable. */
import { spawn } from 'node:child_process';

const WORDS = 'うみねこ りんご ねぶた いか';
const READY_MS = 60_000;

export class Kit {
  static passphrase = WORDS;
  #binary;
  #folder;
  #cable;
  #child;
  #log = '';
  url;

  constructor(binary, folder, cable, port) {
    [this.#binary, this.#folder, this.#cable] = [binary, folder, cable];
    this.url = `http://localhost:${port}`;
  }

  async enrol(code) {
    await this.#say(['enrol', '--centre', this.#cable.url, '--code', code]);
  }

  async run() {
    this.#child = this.#start(['run', '--port', new URL(this.url).port], ['ignore', 'pipe', 'pipe']);
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on('data', (text) => (this.#log += text));
    for (const end = Date.now() + READY_MS; ; await new Promise((done) => setTimeout(done, 100))) {
      if ((await this.ask('/readyz').catch(() => undefined))?.status === 200) return;
      if (this.#child.exitCode !== null || Date.now() > end) throw new Error(`the kit did not start:\n${this.#log}`);
    }
  }

  /** SIGKILL: as when the battery is pulled. */
  async kill() {
    if (!this.#child || this.#child.exitCode !== null) return;
    const ended = new Promise((done) => this.#child.once('exit', done));
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Status and text of an answer. */
  ask(path, { method = 'GET', body, headers = {} } = {}) {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    return this.#cable.ask(`${this.url}${path}`, { method, headers: { 'sec-fetch-site': 'same-origin', ...json, ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  async json(path, init) {
    const { status, text } = await this.ask(path, init);
    if (status >= 300) throw new Error(`${path} answered ${status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  #start(words, stdio) {
    return spawn(...this.#cable.there(this.#binary, ['kit', ...words, '--folder', this.#folder]), { stdio });
  }

  /** A command that asks for the passphrase. */
  #say(words) {
    return new Promise((done, failed) => {
      const child = this.#start(words, ['pipe', 'pipe', 'pipe']);
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
      child.once('error', failed);
      child.once('exit', (code) => (code === 0 ? done(said) : failed(new Error(`mamori kit ${words[0]}: ${said}`))));
      child.stdin.end(`${WORDS}\n`);
    });
  }
}
