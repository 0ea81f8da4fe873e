/** Time, handed to whatever waits, so that tests can turn its hands. */

/**
 * @typedef {object} Clock
 * @property {() => number} now milliseconds since 1970
 * @property {(callback: () => void, delay_ms: number) => unknown} after
 * @property {(timer: any) => void} cancel what `after` gave; anything else is let be
 */

/** @type {Clock} */
export const systemClock = Object.freeze({
  now: () => Date.now(),
  after: (callback, delay_ms) => setTimeout(callback, delay_ms),
  cancel: (timer) => clearTimeout(timer),
});
