/** Full-jitter backoff: many thousand phones that lost the same server must not come back in the same second. */
const BASE_MS = 2_000;
const CAP_MS = 120_000;

/** How long to wait before try number `attempt` (from 0); `random` is in [0, 1). */
export function wait(attempt: number, random: number): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 10));
  return Math.round(500 + random * (ceiling - 500));
}

/** Time between two polls while there is no stream. */
export const pollEvery = (random: number): number => Math.round(15_000 + random * 15_000);
