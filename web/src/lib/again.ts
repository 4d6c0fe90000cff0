/** Asks now, and again every so many milliseconds while the page is looked at; for `onMount`, which ends it. */
export function again(ask: () => unknown, every: number): () => void {
  void ask();
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') void ask();
  }, every);
  return () => clearInterval(timer);
}
