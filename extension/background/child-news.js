/**
 * The news of jobs that a board's job made, gathered and told a few times a second: a board of 3,000 threads costs the pages
 * no more than one job does. Nothing is kept after it was told; what a page wants besides, it asks the host for.
 */

/** @typedef {import('../shared/types.js').Job} Job */

export const TELL_MS = 250;
/** As many as the host puts on a page; more are told at once instead of being held. */
export const MOST_HELD = 100;

/**
 * @typedef {object} ChildNewsParts
 * @property {(jobs: Job[]) => void} tell
 * @property {() => boolean} hasReader whether anybody listens: if not, nothing is held
 * @property {import('../shared/clock.js').Clock} clock
 */

export class ChildNews {
  #parts;
  /** The newest view of each. @type {Map<string, Job>} */
  #held = new Map();
  /** @type {unknown} */
  #timer = null;

  /** @param {ChildNewsParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  get size() {
    return this.#held.size;
  }

  /** @param {readonly Job[]} jobs */
  put(jobs) {
    if (!this.#parts.hasReader()) return;
    for (const job of jobs) {
      this.#held.set(job.id, job);
      if (this.#held.size >= MOST_HELD) this.tell();
    }
    if (this.#held.size > 0) this.#timer ??= this.#parts.clock.after(() => this.tell(), TELL_MS);
  }

  /** Now, whatever is held: what follows must not be heard before it. */
  tell() {
    this.#parts.clock.cancel(this.#timer);
    this.#timer = null;
    const jobs = [...this.#held.values()];
    this.#held.clear();
    if (jobs.length > 0) this.#parts.tell(jobs);
  }
}
