/** Words for the screen reader, read when something changes by itself. */
let polite = $state('');
let urgent = $state('');

export const announced = { get polite() { return polite; }, get urgent() { return urgent; } };

export function announce(text: string, now: boolean): void {
  if (now) urgent = text;
  else polite = text;
}
