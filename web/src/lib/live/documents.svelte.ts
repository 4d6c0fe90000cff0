/** Public documents on the screen: fetched, kept for offline, and fetched again when the stream says that they changed. */
import { keep, kept } from './keep.ts';

const TIMEOUT_MS = 12_000;
/** With a slow network the kept copy is shown after this long, marked as such. */
const PATIENCE_MS = 1_500;

export type Trouble = 'offline' | 'missing' | null;

export class Document<T> {
  data = $state.raw<T>();
  publishedAt = $state.raw<Date>();
  /** Shown from the device's copy, not from the server. */
  old = $state(false);
  trouble = $state.raw<Trouble>(null);
  users = 0;
  #running: Promise<void> | undefined;
  #again = false;

  readonly name: string;
  readonly url: string;

  constructor(name: string) {
    this.name = name;
    this.url = `/public/${name}.json`;
  }

  /** Fetches anew; calls while one is under way lead to one more fetch after it, not to many. */
  refresh(): Promise<void> {
    if (this.#running) this.#again = true;
    this.#running ??= this.#fetch().finally(() => {
      this.#running = undefined;
      if (this.#again) {
        this.#again = false;
        void this.refresh();
      }
    });
    return this.#running;
  }

  async #fetch(): Promise<void> {
    const patience = setTimeout(() => void this.#fromDevice(), PATIENCE_MS);
    try {
      // `no-cache` revalidates by ETag: 304 costs no body.
      const answer = await fetch(this.url, { cache: 'no-cache', signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.status === 404) {
        this.trouble = 'missing';
        this.data = undefined;
        return;
      }
      if (!answer.ok) throw new Error(`${this.url}: ${answer.status}`);
      const body = (await answer.json()) as T;
      const publishedAt = answer.headers.get('x-published-at') ?? answer.headers.get('last-modified');
      this.data = body;
      this.publishedAt = publishedAt ? new Date(publishedAt) : undefined;
      this.old = false;
      this.trouble = null;
      void keep(this.url, { body, publishedAt, fetchedAt: new Date().toISOString() });
    } catch {
      this.trouble = 'offline';
      await this.#fromDevice();
    } finally {
      clearTimeout(patience);
    }
  }

  async #fromDevice(): Promise<void> {
    if (this.data !== undefined) {
      this.old = this.trouble === 'offline';
      return;
    }
    const copy = await kept(this.url);
    if (!copy || this.data !== undefined) return;
    this.data = copy.body as T;
    this.publishedAt = new Date(copy.publishedAt ?? copy.fetchedAt);
    this.old = true;
  }
}

const open = new Map<string, Document<unknown>>();

/** The document of a name, fetched when first asked for and kept fresh until released. */
export function hold<T>(name: string): Document<T> {
  let document = open.get(name);
  if (!document) open.set(name, (document = new Document<unknown>(name)));
  document.users += 1;
  if (document.users === 1) void document.refresh();
  return document as Document<T>;
}

export function release(document: Document<unknown>): void {
  document.users -= 1;
}

/** Fetches one document again if somebody looks at it, or all of them. */
export function changed(name?: string): void {
  for (const document of open.values()) {
    if (document.users > 0 && (name === undefined || document.name === name)) void document.refresh();
  }
}

/** A document for as long as the component lives; another name, another document. */
export function useDocument<T>(name: () => string | null): { readonly current: Document<T> | undefined } {
  let current = $state.raw<Document<T>>();
  $effect(() => {
    const wanted = name();
    if (wanted === null) {
      current = undefined;
      return;
    }
    const document = hold<T>(wanted);
    current = document;
    return () => release(document as Document<unknown>);
  });
  return {
    get current() {
      return current;
    },
  };
}
