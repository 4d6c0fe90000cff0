/** Brings one file of a pack onto the device: goes on where it stopped, and counts only when its hash is right. */
import type { PackFile } from './model.ts';
import { sha256 } from './sha256.ts';
import type { Shelf } from './shelf.ts';

/** Why a file did not come: words for each stand in `packs.trouble.*`. */
export type Why = 'network' | 'space' | 'refused' | 'damaged' | 'gone';

export class NotFetched extends Error {
  readonly why: Why;

  constructor(why: Why) {
    super(why);
    this.why = why;
  }
}

interface Course {
  signal: AbortSignal;
  /** Bytes of this file on the device. */
  progress: (bytes: number) => void;
}

/** Stopped by its signal, the part that came stays for the next time. */
export async function fetchFile(file: PackFile, shelf: Shelf, { signal, progress }: Course): Promise<void> {
  let have = (await shelf.read(file.sha256))?.size ?? 0;
  if (have > file.bytes) have = 0;
  progress(have);
  if (have < file.bytes) await bring(file, shelf, have, { signal, progress });
  const whole = await shelf.read(file.sha256);
  if (whole?.size === file.bytes && (await sha256(whole)) === file.sha256) return;
  await shelf.remove(file.sha256);
  throw new NotFetched('damaged');
}

async function bring(file: PackFile, shelf: Shelf, have: number, { signal, progress }: Course): Promise<void> {
  const answer = await asked(file, have, signal);
  let at = answer.status === 206 ? have : 0;
  const writer = await shelf.append(file.sha256, at);
  const reader = answer.body?.getReader();
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      at += part.value.length;
      // More than was announced is not our file.
      if (at > file.bytes) throw new NotFetched('damaged');
      await writer.write(part.value);
      progress(at);
    }
    await writer.close();
  } catch (error) {
    // What came so far stays.
    await writer.close().catch(() => undefined);
    throw new NotFetched(whyOf(error));
  }
  signal.throwIfAborted();
}

async function asked(file: PackFile, from: number, signal: AbortSignal): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(file.path, { signal, cache: 'no-store', headers: from > 0 ? { range: `bytes=${from}-` } : {} });
  } catch {
    throw new NotFetched('network');
  }
  if (answer.status === 404 || answer.status === 410) throw new NotFetched('gone');
  if (!answer.ok) throw new NotFetched('network');
  return answer;
}

/** The reason in a browser's error. */
export function whyOf(error: unknown): Why {
  if (error instanceof NotFetched) return error.why;
  const name = error instanceof Error ? error.name : '';
  if (name === 'QuotaExceededError') return 'space';
  if (name === 'SecurityError' || name === 'NotAllowedError' || name === 'InvalidStateError' || name === 'ReferenceError') return 'refused';
  return 'network';
}
