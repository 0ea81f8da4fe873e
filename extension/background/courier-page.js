/**
 * Asking for a part of a file from a page of the site that is open in a tab, with the page's own session. Only where the
 * page itself may read the answer: files of its own origin (vichan and its kin), or of one that names it in
 * Access-Control-Allow-Origin. And only in a tab the person has given the extension: by a click on its button, or for good.
 */

import { isObject } from '../shared/checks.js';
import { fromBase64 } from './base64.js';
import { readHead } from './courier-answer.js';

/** @typedef {import('./courier-answer.js').Answer} Answer */
/** @typedef {import('./courier-answer.js').Wish} Wish */

const SCRIPT = 'content/page-courier.js';
/** A page that is there answers at once, however busy it is. */
export const ARRIVAL_MS = 5_000;

/**
 * @typedef {object} PageRouteParts
 * @property {typeof chrome.tabs} tabs
 * @property {typeof chrome.scripting} scripting
 * @property {import('../shared/clock.js').Clock} clock
 */

export class PageRoute {
  #parts;
  /** Who waits for a script of which tab, in turn: one script is as good as another. @type {{tab: number, arrive: (port: chrome.runtime.Port) => void}[]} */
  #expected = [];

  /** @param {PageRouteParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * A page's script has connected. Returns whether it was expected.
   * @param {chrome.runtime.Port} port
   */
  connect(port) {
    const next = this.#expected.findIndex(({ tab }) => tab === port.sender?.tab?.id);
    if (next === -1) return false;
    this.#expected.splice(next, 1)[0]?.arrive(port);
    return true;
  }

  /**
   * The answer a page of this origin is given; null when no tab shows one that may be used. Rejects when the page gets none,
   * or may not read it.
   * @param {string} origin
   * @param {Wish} wish
   * @param {AbortSignal} signal
   * @returns {Promise<Answer|null>}
   */
  async ask(origin, wish, signal) {
    const tab = await this.#tabOf(origin);
    if (tab === null) return null;
    const port = await this.#begin(tab);
    const line = new Line(port);
    const close = () => {
      signal.removeEventListener('abort', close);
      line.close();
    };
    signal.addEventListener('abort', close);
    const head = await line.ask({ ...wish }).catch((error) => {
      close(); // the script in the page ends with its port
      throw error;
    });
    return {
      head: readHead(/** @type {import('./courier-answer.js').RawHead} */ (head)),
      read: async () => {
        const { data } = await line.ask({});
        return typeof data === 'string' ? fromBase64(data) : null;
      },
      close,
    };
  }

  /** @param {string} origin */
  async #tabOf(origin) {
    // The addresses of other tabs are not told to us
    const tabs = await this.#parts.tabs.query({});
    return tabs.find(({ url, discarded }) => url && !discarded && new URL(url).origin === origin)?.id ?? null;
  }

  /**
   * @param {number} tab
   * @returns {Promise<chrome.runtime.Port>}
   */
  async #begin(tab) {
    const { clock, scripting } = this.#parts;
    /** @type {unknown} */
    let timer = null;
    /** @type {(port: chrome.runtime.Port) => void} */
    let arrive = () => {};
    const arrival = new Promise((resolve, reject) => {
      arrive = resolve;
      timer = clock.after(() => reject(new Error('The page does not answer.')), ARRIVAL_MS);
    });
    arrival.catch(() => {}); // when the script could not even begin
    this.#expected.push({ tab, arrive });
    try {
      await scripting.executeScript({ target: { tabId: tab }, files: [SCRIPT] });
      return await arrival;
    } finally {
      clock.cancel(timer);
      this.#expected = this.#expected.filter((expected) => expected.arrive !== arrive);
    }
  }
}

/** One question at a time over a port; closed when either side is gone. */
class Line {
  #port;
  /** @type {{resolve: (answer: any) => void, reject: (error: Error) => void}|null} */
  #waiting = null;
  #isOpen = true;

  /** @param {chrome.runtime.Port} port */
  constructor(port) {
    this.#port = port;
    port.onMessage.addListener((answer) => {
      const waiting = this.#waiting;
      this.#waiting = null;
      if (isObject(answer) && !('error' in answer)) waiting?.resolve(answer);
      else waiting?.reject(new Error('The page could not read the answer.'));
    });
    port.onDisconnect.addListener(() => this.#over());
  }

  /**
   * @param {Record<string, unknown>} question
   * @returns {Promise<any>}
   */
  ask(question) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#isOpen) this.#port.postMessage(question);
      else this.#over();
    });
  }

  close() {
    if (this.#isOpen) this.#port.disconnect();
    this.#over();
  }

  #over() {
    this.#isOpen = false;
    this.#waiting?.reject(new Error('The page has gone.'));
    this.#waiting = null;
  }
}
