/** A clock whose hands the test turns. */

/** Let everything that waits for promises only go on. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

export class FakeClock {
  #now = 1_700_000_000_000;
  /** @type {{at: number, callback: () => void}[]} */
  #timers = [];

  now = () => this.#now;

  /**
   * @param {() => void} callback
   * @param {number} delay_ms
   */
  after = (callback, delay_ms) => {
    const timer = { at: this.#now + delay_ms, callback };
    this.#timers.push(timer);
    return timer;
  };

  /** @param {unknown} timer */
  cancel = (timer) => {
    this.#timers = this.#timers.filter((each) => each !== timer);
  };

  /**
   * Let this time pass: timers go off at their moment, in order, and what they set off is awaited.
   * @param {number} span_ms
   */
  async pass(span_ms) {
    await settled();
    const end = this.#now + span_ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = next.at;
      this.cancel(next);
      next.callback();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}
