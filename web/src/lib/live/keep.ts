/** The last good copy of every public document, kept on the device for the time without a network. */
const PLACE = 'mamori-documents';

export interface Copy {
  body: unknown;
  /** When the server published it. */
  publishedAt: string | null;
  /** When this device fetched it. */
  fetchedAt: string;
}

/** Another place on the device that may hold a document: the offline maps do. */
type Shelf = (url: string) => Promise<Copy | undefined>;
const shelves = new Set<Shelf>();

export const keptAlso = (shelf: Shelf): void => void shelves.add(shelf);

/** Keeps a copy; a device that cannot (no secure context, full disk) goes on without. */
export async function keep(url: string, copy: Copy): Promise<void> {
  try {
    const store = await caches.open(PLACE);
    await store.put(url, Response.json(copy));
  } catch {
    // Nothing to do: the page still has the document in memory.
  }
}

/** The newest copy that the device has. */
export async function kept(url: string): Promise<Copy | undefined> {
  const copies = await Promise.all([visited(url), ...[...shelves].map((shelf) => shelf(url).catch(() => undefined))]);
  return newest(copies.filter((copy) => copy !== undefined));
}

export function newest(copies: readonly Copy[]): Copy | undefined {
  const at = ({ publishedAt, fetchedAt }: Copy) => new Date(publishedAt ?? fetchedAt).getTime();
  return [...copies].sort((a, b) => at(b) - at(a))[0];
}

async function visited(url: string): Promise<Copy | undefined> {
  try {
    const store = await caches.open(PLACE);
    const found = await store.match(url);
    return found ? ((await found.json()) as Copy) : undefined;
  } catch {
    return undefined;
  }
}

/** Removes every copy, at the owner's wish. */
export async function forget(): Promise<void> {
  try {
    await caches.delete(PLACE);
  } catch {
    // No cache, nothing kept.
  }
}
