/** Registers the service worker, which keeps the app itself for the time without a network. */
export function startOffline(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  // After the page is up: the first thing people need is what is happening, not our files.
  const start = () => void navigator.serviceWorker.register('/service-worker.js', { type: 'classic' }).catch(() => undefined);
  if (document.readyState === 'complete') start();
  else addEventListener('load', start, { once: true });
}
