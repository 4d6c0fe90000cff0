/** The list of packs that stand whole on the device. A file counts only once this list names it. */
import type { KeptPack } from './model.ts';
import { openShelf, type Shelf } from './shelf.ts';

const LIST = 'index.json';

let shelf: Promise<Shelf> | undefined;

/** The one shelf of this page; a refusal is asked again the next time. */
export function theShelf(): Promise<Shelf> {
  shelf ??= openShelf().catch((error: unknown) => {
    shelf = undefined;
    throw error;
  });
  return shelf;
}

/** Nothing where the browser lends no room, or the list is damaged. */
export async function keptPacks(): Promise<KeptPack[]> {
  try {
    const text = await (await (await theShelf()).read(LIST))?.text();
    return text ? understood(text) : [];
  } catch {
    return [];
  }
}

/** Replaces the list in one step: before it the old packs stand, after it the new ones. */
export async function writePacks(packs: readonly KeptPack[]): Promise<void> {
  const writer = await (await theShelf()).append(LIST, 0);
  await writer.write(new TextEncoder().encode(JSON.stringify({ packs })));
  await writer.close();
}

/** Files that no list names are not ours to keep; the list itself is none of them. */
export const fileNames = async (): Promise<string[]> => (await (await theShelf()).names()).filter((name) => name !== LIST);

export function understood(text: string): KeptPack[] {
  const found = JSON.parse(text) as { packs?: unknown };
  if (!Array.isArray(found.packs)) return [];
  return (found.packs as Partial<KeptPack>[]).filter((pack): pack is KeptPack => typeof pack.code === 'string' && Array.isArray(pack.files));
}
