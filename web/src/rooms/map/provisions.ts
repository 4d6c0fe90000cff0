/** What a map on this device can draw: archives kept here, tiles of the server. */
import { keptArchives } from '$rooms/packs/kept.ts';
import { WHOLE, type PackList } from '$rooms/packs/model.ts';
import { keptPacks } from '$rooms/packs/register.ts';

export interface Provisions {
  kept: { name: string; file: Blob }[];
  /** Version of the server's tiles, null where it has none or cannot be asked. What the device keeps is not made to wait for it. */
  version: Promise<string | null>;
  /** Tiles of the whole prefecture are at hand. */
  whole: Promise<boolean>;
}

/** `list`: the document `maps/packs`, once it is known. */
export async function provisions(list: Promise<PackList | undefined>): Promise<Provisions> {
  const [kept, packs] = await Promise.all([keptArchives().catch(() => []), keptPacks()]);
  const version = list.then((found) => (navigator.onLine ? (found?.prefecture?.sha256.slice(0, 12) ?? null) : null));
  return { kept, version, whole: version.then((known) => known !== null || packs.some(({ code }) => code === WHOLE)) };
}

/** The server's own, asked now. */
export async function serverTiles(): Promise<string | null> {
  const answer = await fetch('/public/maps/packs.json').catch(() => undefined);
  return answer?.ok ? (((await answer.json()) as PackList).prefecture?.sha256.slice(0, 12) ?? null) : null;
}
