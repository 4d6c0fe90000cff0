/** The node's clocks, kept by this page's monotonic one: whoever sets the wall clock of the device moves nothing. */
import type { Observed } from './event.ts';

interface Told {
  clock_ms: number;
  boot: string | null;
  mono_ms: number;
  node: { role: 'centre' | 'kit' };
}

export class NodeClock {
  #ahead: number | null = null;
  #monoAhead = 0;

  /** What the node said in a call that began then: it is taken for the middle of the call. */
  told({ clock_ms, mono_ms }: Told, began: number): void {
    const middle = (began + performance.now()) / 2;
    this.#ahead = clock_ms - middle;
    this.#monoAhead = mono_ms - middle;
  }

  now(): number {
    return this.#ahead === null ? Date.now() : Math.round(performance.now() + this.#ahead);
  }

  /** The centre's clock is trusted; of a kit counts how long it runs, whose own offset becomes known one day. */
  observed({ boot, node }: Told): Observed | undefined {
    if (this.#ahead === null) return undefined;
    if (node.role === 'centre') return { of: 'trusted', at_ms: this.now() };
    return boot ? { of: 'boot', boot, mono_ms: Math.max(0, Math.round(performance.now() + this.#monoAhead)) } : undefined;
  }
}
