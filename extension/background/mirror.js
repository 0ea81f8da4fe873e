/**
 * What the host last told: its jobs, sites and settings. A cache, no more: the host's ledger is the truth, and `hello`
 * fills this anew whenever the background was started again. Jobs that a board's job made are not kept: there may be
 * thousands, and the board's job sums them up.
 */

import { withSpeeds } from '../shared/speeds.js';
import { isActive, isChild } from '../shared/states.js';

/** @typedef {import('../shared/types.js').Job} Job */

/** Jobs kept for the popup; the host keeps them all. */
const MOST_JOBS = 500;

export class Mirror {
  /** @type {Map<string, Job>} */
  #jobs = new Map();
  /** @type {import('../shared/types.js').Site[]} */
  sites = [];
  /** @type {import('../shared/types.js').Settings|null} */
  settings = null;
  /** @type {import('../shared/speeds.js').Speeds} */
  speeds = {};
  #now;

  /** @param {() => number} [now] milliseconds since 1970 */
  constructor(now = Date.now) {
    this.#now = now;
  }

  /** @param {import('../shared/types.js').Hello} hello */
  reset(hello) {
    this.#jobs = new Map();
    this.sites = hello.sites;
    this.settings = hello.settings;
    this.put(hello.jobs);
  }

  /**
   * Newer views of jobs, known or not.
   * @param {readonly Job[]} jobs
   */
  put(jobs) {
    const own = jobs.filter((job) => !isChild(job));
    for (const job of own) this.#jobs.set(job.id, job);
    this.speeds = withSpeeds(this.speeds, own, this.#now());
    if (this.#jobs.size > MOST_JOBS) {
      const kept = [...this.jobs].filter((job, place) => place < MOST_JOBS || isActive(job));
      this.#jobs = new Map(kept.map((job) => [job.id, job]));
    }
  }

  /** @param {readonly string[]} ids */
  remove(ids) {
    for (const id of ids) this.#jobs.delete(id);
  }

  /** @param {string} id */
  job(id) {
    return this.#jobs.get(id);
  }

  /** Newest first. */
  get jobs() {
    return [...this.#jobs.values()].sort((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1));
  }

  /** What a page is shown of it. */
  get shown() {
    const { jobs, sites, settings, speeds } = this;
    return { jobs, sites, settings, speeds };
  }

  get isBusy() {
    for (const job of this.#jobs.values()) if (isActive(job)) return true;
    return false;
  }
}
