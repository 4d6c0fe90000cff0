/** Households at this desk: the last list of the node and what this page wrote since, in memory and nowhere else. */
import { Refused } from '$lib/api/client.ts';
import { fold } from '$lib/fold.ts';
import * as api from './api.ts';
import type { Counts, Stays } from './card.ts';
import { isHere, overlaid, unknownCard, wordsOf, type Card, type Local } from './cards.ts';
import { isReceiptNumber, receiptNumber, type Code } from './codes.ts';
import { desk } from './desk.svelte.ts';
import type { Kind, Written } from './event.ts';

/** What a code or a name led to. */
export interface Found {
  subject: string;
  assurance: number;
  flags: string[];
  /** The node did not answer: the household is what this page knows of it. */
  alone: boolean;
}

export interface Move {
  counts?: Counts | undefined;
  stays?: Stays | undefined;
  assurance?: number | undefined;
  other?: string | undefined;
  rule?: object | undefined;
  causes?: readonly string[] | undefined;
  content?: Record<string, unknown> | undefined;
}

class Households {
  #known = $state.raw<ReadonlyMap<string, Card>>(new Map());
  #locals = $state.raw<readonly Local[]>([]);
  #written = $state.raw<readonly Local[]>([]);
  readonly #first = new Map<string, string>();
  /** What this page itself wrote, which a node tells only where a card may be shown. */
  readonly #said = new Map<string, Record<string, unknown>>();
  /** When the list came from the node. */
  loaded = $state.raw<Date | null>(null);
  /** 423: the kit is locked, and nothing personal can be read until somebody unlocks it. */
  locked = $state(false);
  #merged = $derived.by(() => {
    const bySubject = new Map<string, Local[]>();
    for (const local of this.#locals) if (local.event.subject !== undefined) bySubject.set(local.event.subject, [...(bySubject.get(local.event.subject) ?? []), local]);
    const merged = new Map(this.#known);
    for (const [subject, locals] of bySubject) merged.set(subject, overlaid(this.#known.get(subject) ?? unknownCard(subject), locals));
    for (const [subject, card] of merged) if (card.history.some(({ id }) => this.#said.has(id))) merged.set(subject, { ...card, history: card.history.map((entry) => ({ ...wordsOf(this.#said.get(entry.id)), ...entry })) });
    return merged;
  });

  /** Each household once: linked cards stand under the first of them. */
  get all(): Card[] {
    return [...this.#merged.values()].filter(({ subject, linked }) => !linked.some((other) => other < subject && this.#merged.has(other)));
  }

  /** Everything that this page wrote, in order. */
  get written(): readonly Local[] {
    return this.#written;
  }

  card(subject: string): Card {
    return this.#merged.get(subject) ?? this.#merged.get(this.#first.get(subject) ?? '') ?? unknownCard(subject);
  }

  /** The list of the shelter. What this page wrote and the node already has is then in it. */
  async load(): Promise<void> {
    const choice = desk.choice;
    if (!choice?.facility) return;
    const stored = new Set(this.#locals.filter(({ event }) => desk.state(event.id) !== 'device').map(({ event }) => event.id));
    const cards = await this.#read(() => api.list(choice.facility ?? '', choice.disaster));
    if (!cards) return;
    this.#known = new Map([...this.#known, ...cards.map((card) => [card.subject, { ...card, history: this.#known.get(card.subject)?.history ?? card.history }] as const)]);
    this.#settled(stored);
    this.loaded = new Date();
  }

  /** One household with its history. */
  async open(subject: string): Promise<void> {
    const disaster = desk.choice?.disaster ?? '';
    const stored = new Set(this.#locals.filter(({ event }) => event.subject === subject && desk.state(event.id) !== 'device').map(({ event }) => event.id));
    const card = await this.#read(() => api.household(subject, disaster));
    if (!card) return;
    // Of linked cards the first one names the household.
    if (card.subject !== subject) this.#first.set(subject, card.subject);
    this.#know(card);
    this.#settled(stored);
  }

  /** A code: what the node says of it, or what can be known without one. Nobody is refused for it. */
  async scan(code: Code): Promise<Found> {
    try {
      const { subject, assurance, flags, household, presence } = await api.scan(code.send, this.#where());
      const whose = subject ?? code.subject;
      if (household || presence) this.#know({ ...api.cardOf(whose, household, presence), history: this.#known.get(whose)?.history ?? [] });
      return { subject: whose, assurance, flags, alone: false };
    } catch (error) {
      if (!api.unreachable(error)) throw error;
      return { subject: code.subject, assurance: 1, flags: ['unknown'], alone: true };
    }
  }

  /** By name, reading or number: first what is here, then what the node knows. */
  async search(words: string): Promise<{ cards: Card[]; alone: boolean }> {
    // A number is nobody's name; another desk may have given it.
    if (isReceiptNumber(words) && this.find(words).length === 0) await this.load().catch(() => undefined);
    const here = this.find(words);
    if (isReceiptNumber(words) && here.length > 0) return { cards: here, alone: false };
    try {
      const more = await this.#read(() => api.search(words, this.#where()));
      for (const card of more ?? []) if (!this.#known.has(card.subject)) this.#know(card);
      const found = [...here.map(({ subject }) => subject), ...(more ?? []).map(({ subject }) => subject)];
      return { cards: [...new Set(found)].map((subject) => this.card(subject)), alone: false };
    } catch (error) {
      if (error instanceof Refused && error.status === 422) return { cards: here, alone: false };
      if (!api.unreachable(error)) throw error;
      return { cards: here, alone: true };
    }
  }

  find(words: string): Card[] {
    const wanted = fold(words);
    const number = isReceiptNumber(words);
    return this.all.filter(({ subject, household }) => {
      if (number && receiptNumber(subject) === number) return true;
      return wanted !== '' && (household?.persons ?? []).some(({ name, kana }) => fold(name).includes(wanted) || fold(kana ?? '').includes(wanted));
    });
  }

  /** Writes what happened to a household, upon what this page has seen of it. */
  async write(subject: string | undefined, kind: Kind, { content, ...more }: Move = {}): Promise<Written> {
    const causes = subject === undefined ? undefined : this.card(subject).heads;
    const written = await desk.record({ kind, subject, shelter: desk.choice?.facility ?? undefined, causes, content, ...more });
    if (content) this.#said.set(written.event.id, content);
    this.#locals = [...this.#locals, { event: written.event, content }];
    this.#written = [...this.#written, { event: written.event, content }];
    return written;
  }

  /** Everything is forgotten: another desk sits down here. */
  clear(): void {
    this.#known = new Map();
    this.#locals = [];
    this.#written = [];
    this.#said.clear();
    this.loaded = null;
  }

  presentPersons(): number {
    return this.all.filter(({ presence, shelter }) => isHere(presence) && shelter === (desk.choice?.facility ?? null)).reduce((sum, { counts }) => sum + (counts ? counts.adults + counts.children + counts.infants : 0), 0);
  }

  #where(): api.Where {
    return { disaster: desk.choice?.disaster ?? '', shelter: desk.choice?.facility ?? null, municipality: desk.choice?.municipality ?? '' };
  }

  #know(card: Card): void {
    this.#known = new Map(this.#known).set(card.subject, card);
  }

  #settled(ids: ReadonlySet<string>): void {
    if (ids.size > 0) this.#locals = this.#locals.filter(({ event }) => !ids.has(event.id));
  }

  async #read<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      const found = await work();
      this.locked = false;
      return found;
    } catch (error) {
      if (!api.isLocked(error)) throw error;
      this.locked = true;
      return undefined;
    }
  }
}

export const households = new Households();
