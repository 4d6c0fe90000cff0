const WEEK_MS = 168 * 3_600_000;

/** How much of an advisory's time is left; `share` is what has passed, from 0 to 1. */
export function remaining(advisory: { since: string; until: string; closed: boolean }, now: Date) {
  const until = new Date(advisory.until).getTime();
  // The week counts from when the server learned of it: a replay of the past has an older `since`.
  const since = Math.max(new Date(advisory.since).getTime(), until - WEEK_MS);
  const left = Math.max(0, until - now.getTime());
  const hours = Math.ceil(left / 3_600_000);
  return {
    over: advisory.closed || left === 0,
    days: Math.floor(hours / 24),
    hours: hours % 24,
    share: until > since ? Math.min(1, Math.max(0, (now.getTime() - since) / (until - since))) : 1,
  };
}
