/** The last good copy of every public document, kept on the device for the time without a network. */
const PLACE = 'mamori-documents';

export interface Copy {
  body: unknown;
  /** When the server published it. */
  publishedAt: string | null;
  /** When this device fetched it. */
  fetchedAt: string;
}

/** Keeps a copy; a device that cannot (no secure context, full disk) goes on without. */
export async function keep(url: string, copy: Copy): Promise<void> {
  try {
    const store = await caches.open(PLACE);
    await store.put(url, Response.json(copy));
  } catch {
    // Nothing to do: the page still has the document in memory.
  }
}

export async function kept(url: string): Promise<Copy | undefined> {
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
