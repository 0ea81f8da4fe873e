/**
 * The few things that must outlive the background, which the browser may stop at any moment, but not the browser: whether
 * the host has ever answered, whether jobs were running, and the trouble no popup has shown yet.
 */

/** @typedef {import('../shared/types.js').Trouble} Trouble */
/** @typedef {{host_heard: boolean, jobs_active: boolean, trouble: Trouble|null}} Memory */

/** @type {Memory} */
const BLANK = { host_heard: false, jobs_active: false, trouble: null };

export class SessionMemory {
  #area;
  /** @type {Memory} */
  #memory = { ...BLANK };
  /** What this life of the background has learned itself. @type {Partial<Memory>} */
  #learned = {};

  /** @param {chrome.storage.StorageArea} area storage.session */
  constructor(area) {
    this.#area = area;
  }

  /**
   * What an earlier life of the background left.
   * @returns {Promise<Memory>}
   */
  async recall() {
    const stored = /** @type {Memory} */ (await this.#area.get(/** @type {Record<string, any>} */ (BLANK)));
    this.#memory = { ...stored, ...this.#learned };
    return stored;
  }

  /** @param {Partial<Memory>} change */
  async keep(change) {
    this.#learned = { ...this.#learned, ...change };
    this.#memory = { ...this.#memory, ...change };
    await this.#area.set(change);
  }

  get trouble() {
    return this.#memory.trouble;
  }

  get jobs_active() {
    return this.#memory.jobs_active;
  }
}
