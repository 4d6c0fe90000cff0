/** The outbox's line to the node, over the API. */
import { Refused } from '$lib/api/client.ts';
import * as api from './api.ts';
import { UNINTRODUCED } from './keep.ts';
import type { NodeClock } from './node-clock.ts';
import type { Line } from './push.ts';
import { DeskTrouble } from './trouble.ts';

/** `node`: which one it is, as its context said; `stranger`: it has not met this device. */
export function lineTo(clock: NodeClock, node: () => api.NodeView | undefined, stranger: (epoch: string) => void): Line {
  return {
    push: async (events) => {
      const answer = await api.send(events);
      if (answer.results.some(({ code }) => code === UNINTRODUCED)) stranger(answer.node.epoch);
      return { ...answer, clock_ms: clock.now() };
    },
    receipts: async (ids) => {
      const receipts = await api.receipts(ids);
      const asked = node();
      if (!asked) throw new DeskTrouble('device');
      return { node: asked, receipts, clock_ms: clock.now() };
    },
    tooMuch: (error) => error instanceof Refused && error.status === 413,
  };
}
