/** The node's clock, kept by this page's monotonic one: whoever sets the wall clock of the device moves nothing. */
export class NodeClock {
  #ahead: number | null = null;

  get known(): boolean {
    return this.#ahead !== null;
  }

  /** What the node said in a call that began then: it is taken for the middle of the call. */
  told(clockMs: number, began: number): void {
    this.#ahead = clockMs - (began + performance.now()) / 2;
  }

  now(): number {
    return this.#ahead === null ? Date.now() : Math.round(performance.now() + this.#ahead);
  }
}
