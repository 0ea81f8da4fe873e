/**
 * Requests on their way: each gets a number and ends exactly once, by its reply, by its time limit, or with all others
 * when the line is cut. Used towards the host and towards the background alike.
 */

import { HostError } from './protocol.js';

/** @typedef {{resolve: (result: any) => void, reject: (error: HostError) => void, timer: unknown}} Waiting */

export class Pending {
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  #lastId = 0;
  #clock;

  /** @param {import('./clock.js').Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  get size() {
    return this.#waiting.size;
  }

  /**
   * A number for a new request, and the promise of its result.
   * @param {string} type
   * @param {number} timeout_ms
   * @returns {{id: number, result: Promise<any>}}
   */
  add(type, timeout_ms) {
    const id = ++this.#lastId;
    const result = new Promise((resolve, reject) => {
      const timer = this.#clock.after(() => {
        this.#waiting.delete(id);
        reject(new HostError('request.timeout', `No answer to ${type} within ${timeout_ms / 1000} s.`));
      }, timeout_ms);
      this.#waiting.set(id, { resolve, reject, timer });
    });
    return { id, result };
  }

  /**
   * End the request that this replies to. A reply nobody waits for, because it came too late, changes nothing.
   * @param {{re: number|null, type: 'ok', result: unknown} | {re: number|null, type: 'error', error: import('./types.js').ErrorInfo}} reply
   */
  settle(reply) {
    const waiting = reply.re === null ? undefined : this.#waiting.get(reply.re);
    if (!waiting || reply.re === null) return;
    this.#waiting.delete(reply.re);
    this.#clock.cancel(waiting.timer);
    if (reply.type === 'ok') waiting.resolve(reply.result);
    else waiting.reject(new HostError(reply.error.code, reply.error.message, reply.error.hint, reply.error.host));
  }

  /** @param {HostError} error */
  rejectAll(error) {
    const cut = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, timer } of cut) {
      this.#clock.cancel(timer);
      reject(error);
    }
  }
}
