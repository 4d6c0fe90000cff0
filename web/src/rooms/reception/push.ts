/** Brings the outbox to the node: at once, on an interval, when the network or the page comes back; one tab at a time. */
import type { Answer, Node, Outbox } from './outbox.ts';
import { awaiting, batch, MAX_EVENTS, offers, signed, type Receipt } from './keep.ts';
import { aloneOrNot } from './store.ts';

const PUSHING = 'mamori-reception-pushing';
const EVERY_MS = 15_000;
const BASE_MS = 1_000;
const CAP_MS = 30_000;

export interface Line {
  push(events: { body: string; signature: string }[]): Promise<Answer & { clock_ms: number }>;
  /** Receipts of the centre that this node knows. */
  receipts(ids: string[]): Promise<{ node: Node; receipts: Receipt[]; clock_ms: number }>;
  /** Too much at once (413): half of it is tried next. */
  tooMuch(error: unknown): boolean;
}

export type Contact = { ok: true; clock_ms: number } | { ok: false; error: unknown };

/** Full jitter: a gymnasium full of tablets does not come back in the same second. */
export const pause = (attempt: number, random: number): number => Math.round(200 + random * (Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 10)) - 200));

export class Pusher {
  readonly #outbox: Outbox;
  readonly #line: Line;
  readonly #told: (contact: Contact) => void;
  #attempt = 0;
  #most = MAX_EVENTS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #more = false;
  #stopped = false;

  constructor(outbox: Outbox, line: Line, told: (contact: Contact) => void) {
    this.#outbox = outbox;
    this.#line = line;
    this.#told = told;
  }

  start(): void {
    addEventListener('online', this.#back);
    document.addEventListener('visibilitychange', this.#back);
    void this.kick();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    removeEventListener('online', this.#back);
    document.removeEventListener('visibilitychange', this.#back);
  }

  readonly #back = (): void => {
    if (document.visibilityState === 'hidden') return;
    this.#attempt = 0;
    void this.kick();
  };

  /** Pushes now; a call while it runs leads to one more round. */
  kick(): Promise<void> {
    if (this.#running) this.#more = true;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #run(): Promise<void> {
    do {
      this.#more = false;
      clearTimeout(this.#timer);
      try {
        await aloneOrNot(PUSHING, () => this.#rounds());
        this.#attempt = 0;
      } catch (error) {
        this.#told({ ok: false, error });
        this.#attempt += 1;
      }
    } while (this.#more && this.#attempt === 0 && !this.#stopped);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.kick(), this.#attempt === 0 ? EVERY_MS : pause(this.#attempt - 1, Math.random()));
  }

  /** Until nothing is left to offer; then asks for the receipts that are missing. */
  async #rounds(): Promise<void> {
    const tried = new Set<string>();
    for (;;) {
      const known = await this.#outbox.known();
      const open = offers(await this.#outbox.all(), known, Date.now()).filter(({ id }) => !tried.has(id));
      const next = batch(open, this.#most);
      if (next.length === 0) break;
      try {
        const answer = await this.#line.push(next.map(signed));
        const knows = await this.#outbox.answered(next, answer, answer.clock_ms);
        // A node or a centre in a new life: everything is offered to it again.
        if (knows.centre !== known.centre || knows.node?.epoch !== known.node?.epoch || knows.node?.id !== known.node?.id) tried.clear();
        for (const { id } of next) tried.add(id);
        this.#most = MAX_EVENTS;
        this.#told({ ok: true, clock_ms: answer.clock_ms });
      } catch (error) {
        if (!this.#line.tooMuch(error) || next.length === 1) throw error;
        this.#most = Math.ceil(next.length / 2);
      }
    }
    await this.#ask();
  }

  async #ask(): Promise<void> {
    const waiting = awaiting(await this.#outbox.all(), await this.#outbox.known()).slice(0, MAX_EVENTS);
    if (waiting.length === 0) return;
    const { node, receipts, clock_ms } = await this.#line.receipts(waiting.map(({ id }) => id));
    const before = await this.#outbox.known();
    const after = await this.#outbox.receipted(node, receipts, clock_ms);
    if (after.centre !== before.centre || after.node?.epoch !== before.node?.epoch) this.#more = true;
    this.#told({ ok: true, clock_ms });
  }
}
