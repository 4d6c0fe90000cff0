/** The device's clock for the screens, moving every 15 seconds. */
let moment = $state(new Date());
let timer: ReturnType<typeof setInterval> | undefined;

export function now(): Date {
  timer ??= setInterval(() => (moment = new Date()), 15_000);
  return moment;
}
