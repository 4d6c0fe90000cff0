/** Where the files of the packs stand on the device: the browser's own file system (OPFS), else its cache. */

/** Takes the pieces of one file; what was written stands on the device once it is closed. */
export interface Writer {
  write(piece: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
}

export interface Shelf {
  /** The file of a name, whole or as far as it came. */
  read(name: string): Promise<Blob | undefined>;
  /** Goes on after the first `from` bytes, or begins anew with 0. */
  append(name: string, from: number): Promise<Writer>;
  remove(name: string): Promise<void>;
  names(): Promise<string[]>;
}

const FOLDER = 'packs';

/** Throws where the browser lends no room at all: no secure context, some private windows. */
export async function openShelf(): Promise<Shelf> {
  if (typeof FileSystemFileHandle !== 'undefined' && 'createWritable' in FileSystemFileHandle.prototype) {
    try {
      const root = await navigator.storage.getDirectory();
      return new Files(await root.getDirectoryHandle(FOLDER, { create: true }));
    } catch {
      // Private windows of some browsers have the one and not the other.
    }
  }
  return new Drawer(await caches.open(`mamori-${FOLDER}`));
}

class Files implements Shelf {
  readonly #folder: FileSystemDirectoryHandle;

  constructor(folder: FileSystemDirectoryHandle) {
    this.#folder = folder;
  }

  async read(name: string): Promise<Blob | undefined> {
    try {
      return await (await this.#folder.getFileHandle(name)).getFile();
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
      throw error;
    }
  }

  async append(name: string, from: number): Promise<Writer> {
    const file = await this.#folder.getFileHandle(name, { create: true });
    // Written beside the file, which is replaced in one step when it is closed.
    const stream = await file.createWritable({ keepExistingData: from > 0 });
    if (from > 0) await stream.seek(from);
    return { write: (piece) => stream.write(piece), close: () => stream.close() };
  }

  async remove(name: string): Promise<void> {
    if (await this.read(name)) await this.#folder.removeEntry(name);
  }

  async names(): Promise<string[]> {
    const found: string[] = [];
    for await (const name of this.#folder.keys()) found.push(name);
    return found;
  }
}

class Drawer implements Shelf {
  readonly #cache: Cache;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  async read(name: string): Promise<Blob | undefined> {
    return (await this.#cache.match(`/${FOLDER}/${name}`))?.blob();
  }

  async append(name: string, from: number): Promise<Writer> {
    const pieces: BlobPart[] = from > 0 ? [(await this.read(name))?.slice(0, from) ?? ''] : [];
    return {
      write: async (piece) => void pieces.push(piece),
      close: () => this.#cache.put(`/${FOLDER}/${name}`, new Response(new Blob(pieces))),
    };
  }

  async remove(name: string): Promise<void> {
    await this.#cache.delete(`/${FOLDER}/${name}`);
  }

  async names(): Promise<string[]> {
    return (await this.#cache.keys()).map(({ url }) => url.slice(url.lastIndexOf('/') + 1));
  }
}
