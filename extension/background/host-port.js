/**
 * The one conversation with the native host: opened when something is asked, `hello` first, each request ended by its
 * reply, an error or its time limit, closed when idle, taken up again with growing pauses when it breaks while needed.
 */

import { isEvent, isReply, isResult } from '../shared/messages.js';
import { Pending } from '../shared/pending.js';
import { HostError, PROTOCOL, REQUEST_TIMEOUT_MS } from '../shared/protocol.js';
import { disconnectReason } from './disconnect-reason.js';

/** @typedef {import('../shared/types.js').Hello} Hello */
/** @typedef {import('../shared/types.js').HostStatus} HostStatus */
/** @typedef {import('../shared/types.js').Reason} Reason */
/** @typedef {import('../shared/protocol.js').RequestType} RequestType */

export const IDLE_CLOSE_MS = 10_000;
export const BACKOFF_FIRST_MS = 1_000;
export const BACKOFF_MOST_MS = 60_000;
/** A conversation that lasted this long was sound: after it the pauses begin small again. */
export const STEADY_MS = 60_000;

/**
 * @typedef {object} HostPortParts
 * @property {() => chrome.runtime.Port} connect may throw
 * @property {(port: chrome.runtime.Port) => string} disconnectText the browser's words, read once, in the listener
 * @property {() => Promise<{extension: string, browser: string}>} introduce who we are, for `hello`
 * @property {() => boolean} isNeeded whether somebody wants the conversation apart from the requests under way
 * @property {(heard: boolean) => Promise<void>} rememberHeard keep it beyond the background's life
 * @property {(event: import('../shared/types.js').HostEvent) => void} onEvent
 * @property {(status: HostStatus) => void} onStatus
 * @property {import('../shared/clock.js').Clock} clock
 */

export class HostPort {
  #parts;
  #pending;
  /** @type {chrome.runtime.Port|null} */
  #port = null;
  /** @type {Promise<Hello>|null} */
  #hello = null;
  #heard = false;
  #openedAt = 0;
  #breaks = 0;
  /** @type {unknown} */
  #idleTimer = null;
  /** @type {unknown} */
  #retryTimer = null;
  /** @type {HostStatus} */
  #status = { phase: 'closed', version: null, reason: null, retry_s: null };

  /** @param {HostPortParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#pending = new Pending(parts.clock);
  }

  get status() {
    return this.#status;
  }

  /**
   * What the host said to `hello`, once it has. Opens the port when it is not open; a pause before the next try ends here.
   * @returns {Promise<Hello>}
   */
  open() {
    if (!this.#hello) {
      this.#parts.clock.cancel(this.#retryTimer);
      this.#hello = this.#converse();
    }
    return this.#hello;
  }

  /**
   * The result of one request; rejects with a HostError.
   * @param {RequestType} type
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<any>}
   */
  async request(type, fields = {}) {
    await this.open();
    return this.#ask(type, fields);
  }

  /** Look again whether the conversation is still needed. To be called when that may have changed. */
  settle() {
    if (!this.#port) return;
    this.#parts.clock.cancel(this.#idleTimer);
    if (this.#pending.size === 0 && !this.#parts.isNeeded()) {
      this.#idleTimer = this.#parts.clock.after(() => this.#close(), IDLE_CLOSE_MS);
    }
  }

  /** @returns {Promise<Hello>} */
  async #converse() {
    this.#say({ phase: 'opening', reason: null, retry_s: null });
    this.#heard = false;
    await this.#parts.rememberHeard(false);
    this.#openedAt = this.#parts.clock.now();
    try {
      const port = this.#parts.connect();
      port.onMessage.addListener((message) => this.#receive(port, message));
      // Not called after our own disconnect()
      port.onDisconnect.addListener((lost) => {
        const words = this.#parts.disconnectText(lost);
        if (port === this.#port) this.#break({ code: disconnectReason(words, this.#heard), text: words, protocol: null });
      });
      this.#port = port;
    } catch (error) {
      const { message } = HostError.from(error);
      throw this.#break({ code: disconnectReason(message, false), text: message, protocol: null });
    }
    const hello = await this.#greet(this.#port);
    this.#say({ phase: 'open', version: hello.version, reason: null });
    this.settle();
    return hello;
  }

  /**
   * @param {chrome.runtime.Port} port
   * @returns {Promise<Hello>}
   */
  async #greet(port) {
    try {
      const hello = /** @type {Hello} */ (await this.#ask('hello', { protocol: PROTOCOL, ...(await this.#parts.introduce()) }));
      if (hello.protocol === PROTOCOL) return hello;
      throw new HostError('protocol.unsupported', `The program speaks protocol ${hello.protocol}.`);
    } catch (thrown) {
      const error = HostError.from(thrown);
      // When the port was lost meanwhile, that has been seen to already
      throw port === this.#port ? this.#break(refusal(error)) : error;
    }
  }

  /**
   * @param {RequestType} type
   * @param {Record<string, unknown>} fields
   */
  async #ask(type, fields) {
    if (!this.#port) throw new HostError('host_exited', 'The program has stopped.');
    const { id, result } = this.#pending.add(type, REQUEST_TIMEOUT_MS[type]);
    try {
      this.#port.postMessage({ id, type, ...fields });
    } catch (error) {
      this.#pending.settle({ re: id, type: 'error', error: HostError.from(error).toJSON() });
    }
    this.settle();
    return this.#judged(type, result); // holds nothing of the request meanwhile: some are large
  }

  /**
   * @param {RequestType} type
   * @param {Promise<unknown>} result
   */
  async #judged(type, result) {
    try {
      const answer = await result;
      if (isResult(type, answer)) return answer;
      throw new HostError('host_broken', `The program's answer to ${type} is not of the agreed shape.`);
    } finally {
      this.settle();
    }
  }

  /**
   * @param {chrome.runtime.Port} port
   * @param {unknown} message
   */
  #receive(port, message) {
    if (port !== this.#port) return;
    if (!this.#heard) {
      this.#heard = true;
      void this.#parts.rememberHeard(true);
    }
    if (isReply(message)) this.#pending.settle(message);
    else if (isEvent(message)) this.#parts.onEvent(message);
  }

  /**
   * The conversation has broken off, or is of no use: all requests end, and it is taken up again if that makes sense.
   * A host that never said a word is not started again by itself: it would only fail again, for ever.
   * @param {Reason} reason
   */
  #break(reason) {
    const { clock, isNeeded } = this.#parts;
    const error = new HostError(reason.code, reason.text || 'The program has stopped.');
    this.#hangUp();
    if (clock.now() - this.#openedAt >= STEADY_MS) this.#breaks = 0;
    if (this.#heard && reason.code !== 'protocol_unsupported' && isNeeded()) {
      const pause_ms = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** this.#breaks);
      this.#breaks += 1;
      // The browser may stop the background during a long pause; what starts it next opens the port (see Background)
      this.#retryTimer = clock.after(() => this.#retry(reason), pause_ms);
      this.#say({ phase: 'waiting', reason, retry_s: pause_ms / 1000 });
    } else {
      this.#say({ phase: 'failed', reason, retry_s: null });
    }
    this.#pending.rejectAll(error);
    return error;
  }

  /** @param {Reason} reason */
  #retry(reason) {
    if (this.#parts.isNeeded()) this.open().catch(() => {}); // the status tells
    else this.#say({ phase: 'failed', reason, retry_s: null });
  }

  #close() {
    this.#hangUp();
    this.#breaks = 0;
    this.#say({ phase: 'closed', reason: null, retry_s: null });
  }

  #hangUp() {
    this.#parts.clock.cancel(this.#idleTimer);
    this.#port?.disconnect();
    this.#port = null;
    this.#hello = null;
  }

  /** @param {Partial<HostStatus>} change */
  #say(change) {
    this.#status = { ...this.#status, ...change };
    this.#parts.onStatus(this.#status);
  }
}

/**
 * Why a host that was started is of no use.
 * @param {HostError} error what became of `hello`
 * @returns {Reason}
 */
function refusal(error) {
  if (error.code !== 'protocol.unsupported') return { code: 'host_broken', text: error.message, protocol: null };
  const theirs = [...error.message.matchAll(/speaks (?:protocol )?(\d+)/gi)].map((found) => Number(found[1]));
  return { code: 'protocol_unsupported', text: error.message, protocol: theirs.find((protocol) => protocol !== PROTOCOL) ?? null };
}
