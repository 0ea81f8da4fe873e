/**
 * What the host has asked the browser to fetch: two files at a time, each from when it is needed until it is delivered, no
 * longer needed, or out of reach. Nothing of it is kept: after a new start of host or background, the host asks again.
 */

import { Delivery } from './courier-delivery.js';

/** @typedef {import('../shared/types.js').FileNeeded} FileNeeded */
/** @typedef {import('../shared/types.js').FileUnneeded} FileUnneeded */
/** @typedef {import('./courier-answer.js').Answer} Answer */
/** @typedef {import('./courier-answer.js').Wish} Wish */

const MOST_AT_ONCE = 2;
/** Answers that refuse whoever asks, not what is asked for. */
const REFUSALS = new Set([401, 403, 429, 503]);

/**
 * @typedef {object} CourierParts
 * @property {(wish: Wish, signal: AbortSignal) => Promise<Answer>} ask from the background
 * @property {(origin: string, wish: Wish, signal: AbortSignal) => Promise<Answer|null>} askPage from a page of this origin
 * @property {(trip: import('./courier-rules.js').Trip) => Promise<() => Promise<unknown>>} hold the headers of a page's request
 * @property {(url: string) => boolean} mayFetch
 * @property {(fields: Record<string, unknown>) => Promise<{next: number, window: number}>} send
 * @property {import('../shared/clock.js').Clock} clock
 */

export class Courier {
  #parts;
  /** @type {Map<string, {need: FileNeeded, delivery: Delivery}>} */
  #running = new Map();
  /** @type {Map<string, FileNeeded>} */
  #waiting = new Map();
  /** Hosts whose files a page could not read, or was refused as well. @type {Set<string>} */
  #closedToPages = new Set();

  /** @param {CourierParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  get isBusy() {
    return this.#running.size + this.#waiting.size > 0;
  }

  /** @param {FileNeeded} need */
  take(need) {
    this.drop(need);
    this.#waiting.set(keyOf(need), need);
    this.#next();
  }

  /** @param {Pick<FileUnneeded, 'job'|'file'>} file */
  drop(file) {
    const key = keyOf(file);
    this.#waiting.delete(key);
    this.#running.get(key)?.delivery.stop();
    this.#running.delete(key);
    this.#next();
  }

  /** The host has gone: nobody is there to be told anything. */
  stop() {
    this.#waiting.clear();
    for (const { delivery } of this.#running.values()) delivery.stop();
    this.#running.clear();
  }

  /** Some hosts may be out of reach now. */
  permissionsChanged() {
    for (const { need, delivery } of this.#running.values()) {
      if (!this.#parts.mayFetch(need.url)) delivery.stop({ failure: 'permission' });
    }
  }

  #next() {
    for (const [key, need] of this.#waiting) {
      if (this.#running.size >= MOST_AT_ONCE) return;
      this.#waiting.delete(key);
      void this.#deliver(key, need);
    }
  }

  /**
   * @param {string} key
   * @param {FileNeeded} need
   */
  async #deliver(key, need) {
    const { mayFetch, hold, send, clock } = this.#parts;
    const delivery = new Delivery(need, { ask: this.#way(need), mayFetch, send, clock });
    const running = { need, delivery };
    this.#running.set(key, running);
    try {
      if (!mayFetch(need.url)) return delivery.stop({ failure: 'permission' });
      const release = await hold({ url: need.url, referer: need.referer, isFile: need.job !== null });
      await delivery.run();
      await release();
    } catch {
      delivery.stop({ failure: 'aborted' }); // the browser did not take the rule
    } finally {
      if (this.#running.get(key) === running) this.#running.delete(key);
      this.#next();
    }
  }

  /**
   * How a file is asked for: by the background, and from when that is refused, by a page of the site, if one is open.
   * @param {FileNeeded} need
   * @returns {(wish: Wish, signal: AbortSignal) => Promise<Answer>}
   */
  #way({ url, referer }) {
    const { ask, askPage } = this.#parts;
    const { host } = new URL(url);
    let isByPage = false;
    return async (wish, signal) => {
      if (isByPage) return required(await askPage(new URL(referer).origin, wish, signal));
      const refused = await ask(wish, signal);
      // A site that asks to wait asks its own pages too
      const isForPages = REFUSALS.has(refused.head.status) && refused.head.wait === null;
      if (!isForPages || !referer || this.#closedToPages.has(host)) return refused;
      try {
        const answer = await askPage(new URL(referer).origin, wish, signal);
        if (!answer) return refused; // no such page is open
        isByPage = answer.head.isOfFile;
        (isByPage ? refused : answer).close();
        if (isByPage) return answer;
      } catch {
        // Its own rules keep the page from reading that host, or it went away
      }
      this.#closedToPages.add(host);
      return refused;
    };
  }
}

/** @param {Answer|null} answer */
function required(answer) {
  if (!answer) throw new Error('The page has gone.');
  return answer;
}

/** @param {Pick<FileNeeded, 'job'|'file'>} file */
const keyOf = ({ job, file }) => JSON.stringify([job, file]);
