/** Where the tiles of the base map come from: what the device keeps, else the server. One address for both. */
import { addProtocol, removeProtocol } from 'maplibre-gl';
import { PMTiles, type RangeResponse, type Source } from 'pmtiles';

/** Zooms that the tiles have; beyond, the last is drawn larger. */
export const ZOOMS = { minzoom: 5, maxzoom: 14 } as const;
const PATH = /(\d+)\/(\d+)\/(\d+)$/;

/** An archive of tiles on the device, read slice by slice. */
class Slices implements Source {
  readonly #file: Blob;
  readonly #name: string;

  constructor(name: string, file: Blob) {
    this.#name = name;
    this.#file = file;
  }

  getKey(): string {
    return this.#name;
  }

  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    return { data: await this.#file.slice(offset, offset + length).arrayBuffer() };
  }
}

/** How many maps there were in this page: each has an address of its own for its tiles. */
let maps = 0;

export interface Served {
  /** For the style: where its tiles are. */
  tiles: string;
  stop: () => void;
}

/** Serves a map's tiles until it is told to stop. `version`: of the server's tiles, null where it has none. */
export function serveTiles(kept: readonly { name: string; file: Blob }[], version: string | null | Promise<string | null>): Served {
  const archives = kept.map(({ name, file }) => new PMTiles(new Slices(name, file)));
  maps += 1;
  const protocol = `mamori${maps}`;
  addProtocol(protocol, async ({ url }, { signal }) => {
    const [, z = '', x = '', y = ''] = PATH.exec(url) ?? [];
    const kept = await onDevice(archives, Number(z), Number(x), Number(y));
    if (kept) return { data: kept };
    const known = await version;
    const sent = known === null ? undefined : await fromServer(`/maps/tiles/${z}/${x}/${y}.mvt?v=${known}`, signal);
    return { data: sent ?? new ArrayBuffer(0) };
  });
  return { tiles: `${protocol}://tiles/{z}/{x}/{y}`, stop: () => removeProtocol(protocol) };
}

async function onDevice(archives: readonly PMTiles[], z: number, x: number, y: number): Promise<ArrayBuffer | undefined> {
  for (const archive of archives) {
    const tile = await archive.getZxy(z, x, y).catch(() => undefined);
    if (tile) return tile.data;
  }
  return undefined;
}

async function fromServer(path: string, signal: AbortSignal): Promise<ArrayBuffer | undefined> {
  const answer = await fetch(path, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    // Without a network the map stays as it is: no tile is no error.
    if (error instanceof TypeError) return undefined;
    throw error;
  });
  return answer?.ok && answer.status !== 204 ? answer.arrayBuffer() : undefined;
}
