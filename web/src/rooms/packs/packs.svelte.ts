/** The offline maps of this device as the screens see them: what is kept, what is being fetched, what went wrong. */
import { fetchFile, whyOf, type Why } from './fetch.ts';
import type { KeptPack, Pack } from './model.ts';
import { plan, shelved, unneeded, wholeFiles } from './plan.ts';
import { fileNames, keptPacks, theShelf, writePacks } from './register.ts';

export interface Job {
  state: 'running' | 'paused' | 'failed';
  done: number;
  total: number;
  why: Why | null;
}

let kept = $state.raw<readonly KeptPack[]>();
let jobs = $state.raw<Readonly<Record<string, Job>>>({});
const stops = new Map<string, AbortController>();
const underway = new Map<string, Pack>();
/** One change of the shelf after the other, also between two windows. */
const LOCK = 'mamori-packs';

export const theKept = (): readonly KeptPack[] | undefined => kept;
export const jobOf = (code: string): Job | undefined => jobs[code];

/** Reads what the device keeps. */
export async function openPacks(): Promise<void> {
  kept = await keptPacks();
}

function tell(code: string, job: Job | null): void {
  const { [code]: _, ...others } = jobs;
  jobs = job ? { ...others, [code]: job } : others;
}

/** Fetches what is missing of a pack; the old version stays in use until the new one is whole. */
export async function fetchPack(pack: Pack): Promise<void> {
  if (jobs[pack.code]?.state === 'running') return;
  const stop = new AbortController();
  stops.set(pack.code, stop);
  underway.set(pack.code, pack);
  const { fetch, bytes } = plan(pack, wholeFiles(kept ?? []));
  let before = 0;
  const job = (done: number): Job => ({ state: 'running', done, total: bytes, why: null });
  tell(pack.code, job(0));
  try {
    const shelf = await theShelf();
    for (const file of fetch) {
      await fetchFile(file, shelf, { signal: stop.signal, progress: (got) => tell(pack.code, job(before + got)) });
      before += file.bytes;
    }
    await settle((packs) => shelved(packs, { ...$state.snapshot(pack), kept_at: new Date().toISOString() }));
    underway.delete(pack.code);
    tell(pack.code, null);
    await tidy();
  } catch (error) {
    if (!underway.has(pack.code)) return;
    const done = jobs[pack.code]?.done ?? 0;
    tell(pack.code, { state: stop.signal.aborted ? 'paused' : 'failed', done, total: bytes, why: stop.signal.aborted ? null : whyOf(error) });
  } finally {
    if (stops.get(pack.code) === stop) stops.delete(pack.code);
  }
}

export function pausePack(code: string): void {
  stops.get(code)?.abort();
}

/** Gives a download up; what came of it goes, an older version stays. */
export async function cancelPack(code: string): Promise<void> {
  underway.delete(code);
  stops.get(code)?.abort();
  tell(code, null);
  await tidy();
}

export async function removePack(code: string): Promise<void> {
  underway.delete(code);
  await settle((packs) => packs.filter((pack) => pack.code !== code));
  await tidy();
}

/** The list as it is on the device now, changed and written in one step. */
async function settle(change: (packs: readonly KeptPack[]) => KeptPack[]): Promise<void> {
  await navigator.locks.request(LOCK, async () => {
    const next = change(await keptPacks());
    await writePacks(next);
    kept = next;
  });
}

async function tidy(): Promise<void> {
  try {
    const shelf = await theShelf();
    const files = [...underway.values()].flatMap((pack) => pack.files);
    for (const name of unneeded(await fileNames(), kept ?? [], files)) await shelf.remove(name);
  } catch {
    // A file still being written stays until the next time.
  }
}
