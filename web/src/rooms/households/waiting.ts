/** Whether something waits to be sent: every page asks, so that it goes wherever the family is when the network comes back. */
const PLACE = 'mamori.family.waiting';

export function isWaiting(): boolean {
  try {
    return localStorage.getItem(PLACE) !== null;
  } catch {
    return false;
  }
}

export function tellWaiting(waiting: boolean): void {
  try {
    if (waiting) localStorage.setItem(PLACE, '1');
    else localStorage.removeItem(PLACE);
  } catch {
    // Then it goes when the family opens its own page.
  }
}
