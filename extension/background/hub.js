/**
 * The pages (popup, options) that are connected: each gets one snapshot, then every change in order, and the answers to
 * what it asks. Pages come and go; nothing of theirs is kept.
 */

import { isObject } from '../shared/checks.js';
import { HostError, PAGE_PORT } from '../shared/protocol.js';

/** @typedef {import('../shared/types.js').Snapshot} Snapshot */
/** @typedef {import('../shared/types.js').Delta} Delta */
/** @typedef {import('../shared/types.js').Request} Request */

/**
 * @typedef {object} HubParts
 * @property {string} extensionId
 * @property {string} baseUrl where the extension's own pages are
 * @property {() => Promise<void>} whenReady when there is something to show, be it that the host is not there
 * @property {() => Snapshot} snapshot
 * @property {(request: Request) => Promise<unknown>} answer
 * @property {() => void} onPages a page has come or gone, or has its snapshot
 */

export class Hub {
  #parts;
  /** @type {Map<chrome.runtime.Port, {hasSnapshot: boolean}>} */
  #pages = new Map();

  /** @param {HubParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  get pageCount() {
    return this.#pages.size;
  }

  /**
   * Take in a page; anything that is not one of ours is turned away.
   * @param {chrome.runtime.Port} port
   */
  async connect(port) {
    const { extensionId, baseUrl } = this.#parts;
    if (port.name !== PAGE_PORT || port.sender?.id !== extensionId || !port.sender.url?.startsWith(baseUrl)) {
      port.disconnect();
      return;
    }
    const page = { hasSnapshot: false };
    this.#pages.set(port, page);
    port.onDisconnect.addListener(() => {
      this.#pages.delete(port);
      this.#parts.onPages();
    });
    port.onMessage.addListener((message) => void this.#answer(port, message));
    this.#parts.onPages();
    await this.#parts.whenReady();
    if (!this.#pages.has(port)) return;
    // From here on this page sees every change: none between the snapshot and the first of them is lost
    page.hasSnapshot = true;
    port.postMessage(this.#parts.snapshot());
    this.#parts.onPages();
  }

  get hasReader() {
    return [...this.#pages.values()].some((page) => page.hasSnapshot);
  }

  get hasPopup() {
    const url = `${this.#parts.baseUrl}popup/`;
    return [...this.#pages.keys()].some(({ sender }) => sender?.url?.startsWith(url));
  }

  /** @param {Delta|Snapshot} message */
  tell(message) {
    for (const [port, page] of this.#pages) if (page.hasSnapshot) port.postMessage(message);
  }

  /**
   * @param {chrome.runtime.Port} port
   * @param {unknown} message
   */
  async #answer(port, message) {
    if (!isObject(message) || typeof message.id !== 'number' || typeof message.type !== 'string') return;
    const re = message.id;
    /** @type {import('../shared/types.js').Reply} */
    let reply;
    try {
      reply = { re, type: 'ok', result: await this.#parts.answer(/** @type {Request} */ (message)) };
    } catch (error) {
      reply = { re, type: 'error', error: HostError.from(error).toJSON() };
    }
    if (this.#pages.has(port)) port.postMessage(reply);
  }
}
