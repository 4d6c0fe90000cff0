/** What the packs on this device give to the pages: documents of places, and archives of tiles. */
import { keptAlso, type Copy } from '$lib/live/keep.ts';
import { keptPacks, theShelf } from './register.ts';

const PLACES = /^\/public\/places\/(\d{5})\.json$/;

keptAlso(async (url) => {
  const code = PLACES.exec(url)?.[1];
  return code ? placesOf(code) : undefined;
});

async function placesOf(code: string): Promise<Copy | undefined> {
  const pack = (await keptPacks()).find((each) => each.code === code);
  const file = pack?.files.find(({ role }) => role === 'places');
  const text = file && (await (await theShelf()).read(file.sha256))?.text();
  if (!pack || !text) return undefined;
  return { body: JSON.parse(await text), publishedAt: pack.made_at, fetchedAt: pack.kept_at };
}

/** The archives of tiles on the device, the prefecture's last: a municipality's own goes deeper at its borders. */
export async function keptArchives(): Promise<{ name: string; file: Blob }[]> {
  const tiles = (await keptPacks()).sort((a, b) => b.code.localeCompare(a.code)).flatMap(({ files }) => files.filter(({ role }) => role === 'tiles'));
  if (tiles.length === 0) return [];
  const shelf = await theShelf();
  const read = await Promise.all(tiles.map(async ({ sha256 }) => ({ name: sha256, file: await shelf.read(sha256) })));
  return read.filter((each): each is { name: string; file: Blob } => each.file !== undefined);
}
