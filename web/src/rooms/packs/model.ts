/** The public document of the offline maps (持ち出し地図), and what this device keeps of them. */
import type { Text } from '$lib/text.ts';

export interface PackFile {
  role: 'tiles' | 'places' | 'search';
  /** `/maps/files/<sha256>.pmtiles` */
  path: string;
  sha256: string;
  bytes: number;
}

export interface Pack {
  code: string;
  name: string;
  bytes: number;
  made_at: string;
  files: PackFile[];
}

export interface Attribution {
  name: string;
  licence: string;
  text: string;
  as_of: string | null;
}

/** `maps/packs` */
export interface PackList {
  /** Null where there is nothing. */
  as_of: string | null;
  packs: Pack[];
  prefecture: { path: string; sha256: string; bytes: number } | null;
  attribution: Attribution[];
  /** Why there is none. */
  reason: Text | null;
}

/** A pack that stands whole on this device. */
export interface KeptPack extends Pack {
  kept_at: string;
}

/** Stands for the map of the whole prefecture, which has tiles and no places. */
export const WHOLE = '02';

export function wholePrefecture(list: PackList): Pack | undefined {
  const { prefecture } = list;
  return prefecture ? { code: WHOLE, name: '', bytes: prefecture.bytes, made_at: list.as_of ?? '', files: [{ role: 'tiles', ...prefecture }] } : undefined;
}
