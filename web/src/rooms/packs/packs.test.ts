import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { newest } from '$lib/live/keep.ts';
import { fetchFile, whyOf } from './fetch.ts';
import type { KeptPack, PackFile } from './model.ts';
import { megabytes, plan, shelved, standing, unneeded, used, wholeFiles } from './plan.ts';
import { understood } from './register.ts';
import { sha256 } from './sha256.ts';
import type { Shelf } from './shelf.ts';

const file = (sha: string, bytes = 10): PackFile => ({ role: 'tiles', path: `/maps/files/${sha}.pmtiles`, sha256: sha, bytes });
const pack = (code: string, ...files: PackFile[]): KeptPack => ({ code, name: code, bytes: 0, made_at: '', kept_at: '', files });

test('an update fetches only the files whose hash changed', () => {
  const old = pack('02203', file('tiles-1', 900), file('places-1', 100));
  const next = pack('02203', file('tiles-1', 900), file('places-2', 120));
  expect(plan(next, wholeFiles([old]))).toEqual({ fetch: [file('places-2', 120)], bytes: 120 });
  expect(plan(next, new Set())).toMatchObject({ bytes: 1020 });
  expect(plan(old, wholeFiles([old]))).toEqual({ fetch: [], bytes: 0 });
  expect(plan(pack('1', file('a'), file('a')), new Set()).bytes).toBe(10);
  expect([standing(next, undefined), standing(next, old), standing(old, old)]).toEqual(['absent', 'older', 'current']);
});

test('a file goes when no pack and no download needs it', () => {
  const one = pack('02201', file('a'), file('shared'));
  const two = pack('02203', file('b'), file('shared'));
  expect(unneeded(['a', 'b', 'shared', 'old'], [one, two])).toEqual(['old']);
  expect(unneeded(['a', 'shared', 'part'], [two], [file('part')])).toEqual(['a']);
  expect(used([one, two])).toBe(30);
  expect(shelved([two, one], pack('02203', file('c'))).map(({ files }) => files[0]?.sha256)).toEqual(['a', 'c']);
});

test('sizes are said in tenths of a megabyte', () => {
  expect([megabytes(0), megabytes(1_449_000), megabytes(12_000_000)]).toEqual(['0.1', '1.4', '12.0']);
});

test('a damaged list of packs counts as none', () => {
  expect(understood('{}')).toEqual([]);
  expect(understood('{"packs":[{"code":"02203","files":[]},{"name":1}]}')).toHaveLength(1);
});

test('the hash read in pieces is the hash', async () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 4_099]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 251);
    expect(await sha256(new Blob([bytes]), -1), String(length)).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});

test('a refusal of the browser is told apart from a lost network', () => {
  expect(whyOf(new DOMException('', 'QuotaExceededError'))).toBe('space');
  expect(whyOf(new DOMException('', 'SecurityError'))).toBe('refused');
  expect(whyOf(new TypeError('failed'))).toBe('network');
});

test('of two copies the newer one is shown', () => {
  const copy = (publishedAt: string | null, body: string) => ({ body, publishedAt, fetchedAt: '2026-01-01T00:00:00Z' });
  expect(newest([copy('2026-05-01T00:00:00+09:00', 'pack'), copy('2026-05-01T00:00:00Z', 'visit')])?.body).toBe('visit');
  expect(newest([copy(null, 'a')])?.body).toBe('a');
  expect(newest([])).toBeUndefined();
});

const BYTES = new TextEncoder().encode('the tiles of a municipality');
const whole = file(createHash('sha256').update(BYTES).digest('hex'), BYTES.length);

/** A shelf in memory. */
function shelfOf(start: Record<string, Uint8Array<ArrayBuffer>> = {}): Shelf & { files: Map<string, Uint8Array<ArrayBuffer>> } {
  const files = new Map(Object.entries(start));
  return {
    files,
    read: async (name) => (files.has(name) ? new Blob([files.get(name) ?? new Uint8Array()]) : undefined),
    append: async (name, from) => {
      const bytes = [...(files.get(name) ?? []).slice(0, from)];
      return { write: async (piece) => void bytes.push(...piece), close: async () => void files.set(name, Uint8Array.from(bytes)) };
    },
    remove: async (name) => void files.delete(name),
    names: async () => [...files.keys()],
  };
}

async function brought(answer: (range: string | null) => Response, shelf = shelfOf()) {
  const before = globalThis.fetch;
  globalThis.fetch = (async (_: unknown, init: RequestInit) => answer(new Headers(init.headers).get('range'))) as typeof fetch;
  try {
    await fetchFile(whole, shelf, { signal: new AbortController().signal, progress: () => undefined });
    return { shelf, why: null };
  } catch (error) {
    return { shelf, why: whyOf(error) };
  } finally {
    globalThis.fetch = before;
  }
}

test('a file goes on where it stopped, and is kept only when its hash is right', async () => {
  const part = shelfOf({ [whole.sha256]: BYTES.slice(0, 9) });
  const asked: (string | null)[] = [];
  const rest = await brought((range) => (asked.push(range), new Response(BYTES.slice(9), { status: 206 })), part);
  expect([asked, rest.why, rest.shelf.files.get(whole.sha256)]).toEqual([['bytes=9-'], null, BYTES]);
  const anew = await brought(() => new Response(BYTES), shelfOf({ [whole.sha256]: BYTES.slice(0, 9) }));
  expect([anew.why, anew.shelf.files.get(whole.sha256)]).toEqual([null, BYTES]);
});

test('a wrong, an endless and a missing file leave nothing behind', async () => {
  const wrong = await brought(() => new Response('x'.repeat(BYTES.length)));
  expect([wrong.why, wrong.shelf.files.size]).toEqual(['damaged', 0]);
  const endless = await brought(() => new Response('x'.repeat(BYTES.length * 3)));
  expect(endless.why).toBe('damaged');
  expect((await brought(() => new Response('', { status: 404 }))).why).toBe('gone');
  expect((await brought(() => new Response('', { status: 503 }))).why).toBe('network');
});
