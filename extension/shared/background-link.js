/**
 * A page's line to the background: connected anew when the background was stopped, requests answered or rejected.
 */

import { isObject } from './checks.js';
import { isReply } from './messages.js';
import { Pending } from './pending.js';
import { HostError, PAGE_PORT, REQUEST_TIMEOUT_MS } from './protocol.js';

/** What the background may need before it can send a request on: the start of the host. */
const GRACE_MS = 25_000;
const RECONNECT_FIRST_MS = 100;
const RECONNECT_MOST_MS = 5_000;

/**
 * @typedef {object} LinkParts
 * @property {(name: string) => chrome.runtime.Port} connect may throw: the extension was updated under an open page
 * @property {(message: import('./types.js').Snapshot|import('./types.js').Delta) => void} onMessage
 * @property {import('./clock.js').Clock} clock
 */

export class BackgroundLink {
  #parts;
  #pending;
  /** @type {chrome.runtime.Port|null} */
  #port = null;
  #failures = 0;

  /** @param {LinkParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#pending = new Pending(parts.clock);
  }

  open() {
    const port = this.#parts.connect(PAGE_PORT);
    this.#port = port;
    port.onMessage.addListener((message) => {
      this.#failures = 0;
      if (isReply(message)) this.#pending.settle(message);
      else if (isObject(message)) this.#parts.onMessage(/** @type {any} */ (message));
    });
    port.onDisconnect.addListener(() => {
      this.#port = null;
      this.#pending.rejectAll(new HostError('background.gone', 'The browser has stopped the extension for a moment.'));
      const pause_ms = Math.min(RECONNECT_MOST_MS, RECONNECT_FIRST_MS * 2 ** this.#failures);
      this.#failures += 1;
      this.#parts.clock.after(() => this.open(), pause_ms);
    });
  }

  /**
   * The result of a request to the host or the background; rejects with a HostError.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<any>}
   */
  async request(type, fields = {}) {
    if (!this.#port) throw new HostError('background.gone', 'The browser has stopped the extension for a moment.');
    const limits = /** @type {Record<string, number>} */ (REQUEST_TIMEOUT_MS);
    const { id, result } = this.#pending.add(type, (limits[type] ?? 0) + GRACE_MS);
    this.#port.postMessage({ id, type, ...fields });
    return result;
  }
}
