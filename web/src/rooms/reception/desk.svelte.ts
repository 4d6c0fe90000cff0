/** The desk of this page: whose it is, its device, its outbox, and the one way to write an event. */
import { untrack } from 'svelte';
import { Refused } from '$lib/api/client.ts';
import { sealJson } from '$lib/seal/envelope.ts';
import { deviceKey, signText, type DeviceKey } from '$lib/seal/keys.ts';
import { person } from '$rooms/identity/session.svelte.ts';
import * as api from './api.ts';
import { pageClock, write, type Desk, type Draft, type Hand, type Written } from './event.ts';
import { NOTHING_KNOWN, stateOf, type Item, type Known, type State } from './keep.ts';
import { lineTo } from './line.ts';
import { NodeClock } from './node-clock.ts';
import { Outbox } from './outbox.ts';
import { Pusher, type Contact } from './push.ts';
import { StorageRefused } from './store.ts';
import { DeskTrouble } from './trouble.ts';

export interface Choice {
  municipality: string;
  disaster: string;
  /** `null`: for evacuees outside of every shelter. */
  facility: string | null;
}

class DeskPage {
  context = $state.raw<api.Context>();
  choice = $state.raw<Choice | null>(null);
  items = $state.raw<readonly Item[]>([]);
  known = $state.raw<Known>(NOTHING_KNOWN);
  /** `null` until the first try. */
  reachable = $state<boolean | null>(null);
  /** 401 or 403: the node wants to know who it is. */
  asks = $state(false);
  contact = $state.raw<Date | null>(null);
  /** This device's wall clock against the node's, in milliseconds. */
  skew = $state<number | null>(null);
  storage = $state<'full' | 'unavailable' | null>(null);
  #outbox: Outbox | undefined;
  #pusher: Pusher | undefined;
  #device: { key: DeviceKey; id: string | undefined } | undefined;
  #introducing: Promise<void> | undefined;
  #clock = new NodeClock();
  #observed: string | null = null;
  #sent: (() => void)[] = [];
  readonly #met = new Set<string>();

  /** Opens what the device keeps; everything after this works without a network. */
  async open(): Promise<void> {
    if (this.#outbox) return;
    try {
      this.#outbox = await Outbox.open();
    } catch (error) {
      this.storage = error instanceof StorageRefused ? error.why : 'unavailable';
      return;
    }
    this.storage = null;
    this.#outbox.onChange(() => void this.refresh());
    this.context = await this.#outbox.note<api.Context>('context');
    this.choice = (await this.#outbox.note<Choice>('choice')) ?? null;
    await this.refresh();
    this.#pusher = new Pusher(this.#outbox, lineTo(this.#clock, () => this.context?.node, (epoch) => void this.#introduceOnce(epoch)), (contact) => this.#heard(contact));
    this.#pusher.start();
  }

  /** Asks the node for the desk's context anew. */
  async ask(municipality: string | null, mode: string): Promise<void> {
    const began = performance.now();
    const context = await api.context(municipality, mode);
    this.#clock.told(context, began);
    this.skew = Math.round(Date.now() - this.#clock.now());
    this.context = context;
    this.reachable = true;
    await this.#outbox?.keepNote('context', context).catch(() => undefined);
    await this.#outbox?.receipted(context.node, [], context.clock_ms).catch(() => undefined);
    this.#heard({ ok: true, clock_ms: context.clock_ms });
    void this.#pusher?.kick();
  }

  async choose(choice: Choice | null): Promise<void> {
    this.choice = choice;
    await this.#outbox?.keepNote('choice', choice).catch(() => undefined);
    void navigator.storage?.persist?.().catch(() => false);
    await this.observe();
  }

  /** Writes one event. When this resolves it is on the disk; only then does a screen say 保存. */
  async record(draft: Draft): Promise<Written> {
    const { outbox, desk, hand } = await this.#ready();
    try {
      const { item, written } = await outbox.add((prev) => write(draft, desk, pageClock, hand, prev));
      this.items = [...untrack(() => this.items), item];
      this.storage = null;
      void this.#pusher?.kick();
      return written;
    } catch (error) {
      if (!(error instanceof StorageRefused)) throw error;
      this.storage = error.why;
      throw new DeskTrouble(error.why, error);
    }
  }

  async #ready(): Promise<{ outbox: Outbox; desk: Desk; hand: Hand }> {
    const [outbox, context, choice] = [this.#outbox, this.context, this.choice];
    if (!outbox) throw new DeskTrouble(this.storage ?? 'unavailable');
    if (!context || !choice) throw new DeskTrouble('device');
    // The first contact may still be under way: a clerk who is quicker waits for it.
    if (!(await this.#identified()).id) await this.introduce(choice.municipality).catch(() => undefined);
    const { key, id } = await this.#identified();
    if (!id) throw new DeskTrouble('device');
    const account = person()?.account ?? (await outbox.note<string>('account'));
    const desk: Desk = { mode: context.mode, disaster: choice.disaster, municipality: choice.municipality, actor: account ? `staff:${account}` : 'desk', device: id };
    const hand: Hand = {
      seal: (content, place) => {
        if (!context.keys?.length) throw new DeskTrouble('keys');
        return sealJson(content, place, context.keys);
      },
      sign: (body) => signText(key, body),
    };
    return { outbox, desk, hand };
  }

  /** The device by its key; known to the first node that was asked, and the same at every other. */
  async #identified(): Promise<{ key: DeviceKey; id: string | undefined }> {
    if (this.#device?.id) return this.#device;
    if (!globalThis.crypto?.subtle) throw new DeskTrouble('insecure');
    const key = this.#device?.key ?? (await deviceKey('desk'));
    this.#device = { key, id: await this.#outbox?.note<string>(`device.${key.kid}`) };
    return this.#device;
  }

  /** Tells the node whose signatures these are. Safe to repeat; whoever asks meanwhile waits for the same answer. */
  introduce(municipality: string): Promise<void> {
    this.#introducing ??= this.#introduced(municipality).finally(() => (this.#introducing = undefined));
    return this.#introducing;
  }

  async #introduced(municipality: string): Promise<void> {
    const { key } = await this.#identified();
    const { device } = await api.register(key.key, municipality);
    this.#device = { key, id: device };
    await this.#outbox?.keepNote(`device.${key.kid}`, device);
    await this.#outbox?.keepNote('account', person()?.account ?? null);
  }

  /** A node that sets events aside because it has not met this device: once for each life of a node. */
  async #introduceOnce(epoch: string): Promise<void> {
    if (!this.choice || this.#met.has(epoch)) return;
    this.#met.add(epoch);
    await this.introduce(this.choice.municipality).then(() => this.again(), () => undefined);
  }

  /** Things of this desk that are about nobody: its checkpoints. */
  kept = <T,>(key: string): Promise<T | undefined> => this.#outbox?.note<T>(key) ?? Promise.resolve(undefined);
  keep = (key: string, value: unknown): Promise<void> => this.#outbox?.keepNote(key, value) ?? Promise.resolve();

  state(id: string): State {
    const item = this.items.find((each) => each.id === id);
    return item ? stateOf(item, this.known) : 'centre';
  }

  async refresh(): Promise<void> {
    if (!this.#outbox) return;
    [this.items, this.known] = [await this.#outbox.all(), await this.#outbox.known()];
  }

  /** Sends what waits, now; what was refused too. */
  async again(): Promise<void> {
    await this.#outbox?.again();
    await this.refresh();
    await this.#pusher?.kick();
  }

  /** After every exchange with the node. */
  onSent(told: () => void): () => void {
    this.#sent.push(told);
    return () => (this.#sent = this.#sent.filter((each) => each !== told));
  }

  #heard(contact: Contact): void {
    this.reachable = contact.ok || !api.unreachable(contact.error);
    this.asks = !contact.ok && contact.error instanceof Refused && (contact.error.status === 401 || contact.error.status === 403);
    if (!contact.ok) return;
    this.contact = new Date();
    void this.refresh().then(() => this.#sent.forEach((told) => told()));
  }

  /** What this page saw of the node's clock, for everything it writes until it is closed: once for each life of the node's program. */
  async observe(): Promise<void> {
    const observed = this.context && this.#clock.observed(this.context);
    const of = this.context?.boot ?? this.context?.node.epoch;
    if (!observed || !of || !this.choice || this.#observed === of) return;
    this.#observed = of;
    await this.record({ kind: 'clock', observed }).catch(() => (this.#observed = null));
  }
}

export const desk = new DeskPage();
