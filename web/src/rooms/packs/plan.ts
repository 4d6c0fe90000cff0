/** What has to be fetched, what can stay, what can go: by the hashes of the files alone. Pure. */
import type { KeptPack, Pack, PackFile } from './model.ts';

export interface Plan {
  fetch: PackFile[];
  /** Bytes still to come. */
  bytes: number;
}

/** Only files whose hash is not on the device yet; a file that two packs share is fetched once. */
export function plan(wanted: Pack, whole: ReadonlySet<string>): Plan {
  const fetch = wanted.files.filter(({ sha256 }, i) => !whole.has(sha256) && wanted.files.findIndex((file) => file.sha256 === sha256) === i);
  return { fetch, bytes: fetch.reduce((sum, { bytes }) => sum + bytes, 0) };
}

export const wholeFiles = (packs: readonly KeptPack[]): Set<string> => new Set(packs.flatMap(({ files }) => files.map(({ sha256 }) => sha256)));

/** Files on the device that no pack names: of older versions, and of downloads that were given up. */
export function unneeded(names: readonly string[], packs: readonly KeptPack[], underway: readonly PackFile[] = []): string[] {
  const needed = wholeFiles(packs);
  for (const { sha256 } of underway) needed.add(sha256);
  return names.filter((name) => !needed.has(name));
}

export type Standing = 'absent' | 'current' | 'older';

/** How what the device keeps stands against what the server offers. */
export function standing(offered: Pack, kept: KeptPack | undefined): Standing {
  if (!kept) return 'absent';
  const have = new Set(kept.files.map(({ sha256 }) => sha256));
  return offered.files.length === have.size && offered.files.every(({ sha256 }) => have.has(sha256)) ? 'current' : 'older';
}

/** The packs after one was fetched, or replaced. */
export const shelved = (packs: readonly KeptPack[], pack: KeptPack): KeptPack[] => [...packs.filter(({ code }) => code !== pack.code), pack].sort((a, b) => a.code.localeCompare(b.code));

/** Bytes of all packs; a shared file counts once. */
export const used = (packs: readonly KeptPack[]): number => [...new Map(packs.flatMap(({ files }) => files.map(({ sha256, bytes }) => [sha256, bytes] as const))).values()].reduce((sum, bytes) => sum + bytes, 0);

/** "1.4 MB" in tenths, never "0.0". */
export const megabytes = (bytes: number): string => (Math.max(bytes, 50_000) / 1e6).toFixed(1);
