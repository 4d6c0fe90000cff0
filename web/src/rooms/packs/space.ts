/** The room that the browser lends this site, and whether it promises to keep it. */
export interface Space {
  /** Bytes; null where the browser does not say. */
  free: number | null;
  /** The browser promised not to clear it by itself. */
  safe: boolean;
}

/** False without a secure context: then the browser keeps nothing for us. */
export const possible = (): boolean => globalThis.isSecureContext && 'storage' in navigator && 'caches' in globalThis && 'locks' in navigator;

export async function space(): Promise<Space> {
  try {
    const [{ quota, usage }, safe] = await Promise.all([navigator.storage.estimate(), navigator.storage.persisted?.() ?? false]);
    return { free: quota === undefined ? null : Math.max(0, quota - (usage ?? 0)), safe };
  } catch {
    return { free: null, safe: false };
  }
}

/** Asks the browser to keep what is stored; some ask the owner, some decide by themselves. */
export async function askToKeep(): Promise<boolean> {
  try {
    return (await navigator.storage.persist?.()) ?? false;
  } catch {
    return false;
  }
}
