/**
 * One file on its way from the site to the host: asked for in stretches, cut into chunks, never more of them without a
 * reply than the host allows, and gone on with from wherever the host wants it.
 */

import { HostError } from '../shared/protocol.js';
import { toBase64 } from './base64.js';
import { isSamePlace } from './courier-answer.js';
import { AHEAD_BYTES, STRETCH_BYTES, Stretches, abandon } from './courier-stretches.js';

/** @typedef {import('../shared/types.js').FileNeeded} FileNeeded */
/** @typedef {import('./courier-answer.js').Answer} Answer */
/** @typedef {import('./courier-answer.js').Wish} Wish */
/** @typedef {'permission'|'network'|'status'|'redirect'|'aborted'} Failure */

/** A site that says nothing for so long will not. The host waits a little longer. */
export const SILENCE_MS = 20_000;
/** Before a file is asked for again after the line broke; twice as long after each time without a byte. */
export const REST_MS = 1_000;
/** So often a file is begun again without a single byte more than before. */
const MOST_FRUITLESS = 3;
/** The host wants another offset than it was given; it says which in the hint. */
const OTHER_OFFSET = new Set(['file.offset', 'file.too_many']);

/**
 * @typedef {object} DeliveryParts
 * @property {(wish: Wish, signal: AbortSignal) => Promise<Answer>} ask
 * @property {(url: string) => boolean} mayFetch
 * @property {(fields: Record<string, unknown>) => Promise<{next: number, window: number}>} send a `file.chunk`; rejects with a HostError
 * @property {import('../shared/clock.js').Clock} clock
 */

/** Why a try ended before its time. `status` is the site's, `wait` what it asks to wait. */
class Trouble extends Error {
  /**
   * @param {Failure} failure
   * @param {number} [status]
   * @param {string|null} [wait]
   */
  constructor(failure, status, wait) {
    super(failure);
    this.failure = failure;
    this.status = status;
    this.wait = wait;
  }
}

export class Delivery {
  #need;
  #parts;
  #abort = new AbortController();
  #stretches;
  #buffer;
  #filled = 0;
  /** The place of the next byte to be sent. */
  #at;
  /** Whether the host has been told what kind of answer this is. */
  #hasBegun = false;
  #isHeard = false;
  /** The size of the whole file, as the first answer told it. @type {{size: number|null}|null} */
  #file = null;
  #window;
  #unanswered = 0;
  /** Where the host wants to go on, when that is not where we are. @type {number|null} */
  #wanted = null;
  #confirmed;
  #isOver = false;
  #wake = () => {};

  /**
   * @param {FileNeeded} need
   * @param {DeliveryParts} parts
   */
  constructor(need, parts) {
    this.#need = need;
    this.#parts = parts;
    this.#stretches = new Stretches((wish) => parts.ask({ url: need.url, ...wish }, this.#abort.signal));
    this.#buffer = new Uint8Array(need.chunk);
    this.#at = need.offset;
    this.#confirmed = need.offset;
    this.#window = need.window;
  }

  /** Until the host has all of it, or was told why not, or wants it no more. Never rejects. */
  async run() {
    let [best, fruitless] = [-1, 0];
    while (!this.#isOver) {
      const trouble = await this.#stream();
      await this.#until(() => this.#unanswered === 0);
      if (this.#isOver) return;
      if (!trouble && this.#wanted === null) break;
      fruitless = this.#confirmed > best ? 1 : fruitless + 1;
      best = Math.max(best, this.#confirmed);
      if (trouble && (trouble.failure !== 'network' || fruitless >= MOST_FRUITLESS)) this.stop(trouble);
      else if (fruitless >= MOST_FRUITLESS) this.stop(new Trouble('aborted'));
      else if (trouble) await this.#rest(fruitless);
      this.#at = this.#wanted ?? this.#confirmed;
      this.#wanted = null;
    }
    this.#isOver = true;
  }

  /**
   * End it now. With a reason the host is told that nothing more will come.
   * @param {{failure: Failure, status?: number|undefined, wait?: string|null|undefined}} [reason]
   */
  stop(reason) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#abort.abort();
    if (reason) {
      // A refusal in the middle of the file is no answer to the question that the host has asked
      const isRefusal = reason.failure === 'status' && !this.#isHeard;
      const error = reason.failure === 'status' && !isRefusal ? 'network' : reason.failure;
      const { status, wait } = reason;
      void this.#send({ offset: this.#at, data: '', end: true, error, ...(isRefusal && { status }), ...(wait && { retry_after: wait }) });
    }
    this.#wake();
  }

  /** From where we are to the end, or to where it breaks off; why, if it does not go on. */
  async #stream() {
    this.#filled = 0;
    try {
      while (!(await this.#stretch()));
      return null;
    } catch (error) {
      return error instanceof Trouble ? error : new Trouble('network');
    } finally {
      this.#stretches.drop();
    }
  }

  /** One stretch. Returns whether nothing is left to ask for. */
  async #stretch() {
    const to = this.#place + STRETCH_BYTES - 1;
    const asked = this.#stretches.take(this.#place);
    const answer = await this.#inTime(asked).catch((error) => {
      abandon(asked);
      throw error;
    });
    try {
      const { head } = answer;
      // A file whose size nobody told has ended where nothing is left
      if (head.status === 416 && this.#file && this.#file.size === null) return this.#finish();
      this.#judge(head);
      let at = head.from;
      const end = at + (head.length ?? 0);
      const isFollowed = this.#need.ahead && head.status === 206 && head.size !== null && end < head.size;
      for (;;) {
        const bytes = await this.#inTime(answer.read());
        if (!bytes) break;
        const isGoingOn = await this.#put(bytes.subarray(Math.min(bytes.length, Math.max(0, this.#place - at))));
        if (!isGoingOn) return true;
        at += bytes.length;
        if (isFollowed && end - at <= AHEAD_BYTES) this.#stretches.prepare(end);
      }
      // Browsers do not all notice a body that was cut short
      if (head.length !== null && at !== end) throw new Trouble('network');
      const isLast = head.status === 200 || at === head.size || (head.size === null && at <= to);
      return isLast ? await this.#finish() : false;
    } finally {
      answer.close();
    }
  }

  /** The place of the next byte that is wanted from the site. */
  get #place() {
    return this.#at + this.#filled;
  }

  /** @param {import('./courier-answer.js').Head} head */
  #judge({ status, url, from, size, isOfFile, wait }) {
    if (!isSamePlace(url, this.#need.url) || !this.#parts.mayFetch(url)) throw new Trouble('redirect');
    if (!isOfFile) throw status === 206 ? new Trouble('network') : new Trouble('status', status, wait);
    if (!this.#file) {
      this.#file = { size };
      // The whole file, though a part was asked for: the host begins anew, as it does with the site itself
      if (status === 200) this.#at = 0;
    }
    // A server that ignores ranges begins at the beginning each time: what is there already is passed over
    if (this.#file.size !== size || (status === 206 && from !== this.#place)) throw new Trouble('network');
    if (!this.#hasBegun) this.#confirmed = this.#at;
  }

  /**
   * Gather bytes, and send each chunk that is full. Returns whether more may follow.
   * @param {Uint8Array} bytes
   */
  async #put(bytes) {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#buffer.length - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#buffer.length) await this.#post(false);
      if (this.#isOver || this.#wanted !== null) return false;
    }
    return true;
  }

  async #finish() {
    await this.#post(true);
    return true;
  }

  /**
   * Send what has been gathered, as soon as the host has room for it.
   * @param {boolean} end
   */
  async #post(end) {
    await this.#until(() => this.#unanswered < this.#window || this.#wanted !== null);
    if (this.#isOver || this.#wanted !== null) return;
    const offset = this.#at;
    const data = toBase64(this.#buffer.subarray(0, this.#filled));
    this.#at += this.#filled;
    this.#filled = 0;
    const size = this.#file?.size ?? null;
    const begins = this.#hasBegun ? {} : { status: offset === 0 ? 200 : 206, ...(size !== null && { size }) };
    this.#hasBegun = true;
    void this.#hear(this.#send({ offset, data, ...begins, ...(end && { end }) }), this.#at);
  }

  /**
   * The reply to a chunk. Whoever waits for it holds nothing of the chunk itself.
   * @param {Promise<{next: number, window: number}>} sent
   * @param {number} after the place of the byte after it
   */
  async #hear(sent, after) {
    this.#unanswered += 1;
    try {
      const { next, window } = await sent;
      this.#isHeard = true;
      this.#window = Math.max(1, window);
      this.#confirmed = next;
      // A host that has taken what was sent after this one says so already
      if (next < after || next > this.#at) this.#wanted = next;
    } catch (error) {
      const { code, hint } = HostError.from(error);
      if (OTHER_OFFSET.has(code) && /^\d{1,15}$/.test(hint)) this.#wanted = Number(hint);
      else this.stop();
      this.#hasBegun &&= this.#isHeard;
    } finally {
      this.#unanswered -= 1;
      this.#wake();
    }
  }

  /** @param {Record<string, unknown>} fields */
  #send(fields) {
    const { job, file } = this.#need;
    const sent = this.#parts.send({ job, file, ...fields });
    sent.catch(() => {}); // whoever waits for it sees to it
    return sent;
  }

  /**
   * What the site gives, unless it takes too long.
   * @template Value
   * @param {Promise<Value>} promise
   * @returns {Promise<Value>}
   */
  #inTime(promise) {
    const { clock } = this.#parts;
    return new Promise((resolve, reject) => {
      const timer = clock.after(() => reject(new Trouble('network')), SILENCE_MS);
      const over = () => reject(new Trouble('aborted'));
      this.#abort.signal.addEventListener('abort', over, { once: true });
      promise.then(resolve, reject).finally(() => {
        clock.cancel(timer);
        this.#abort.signal.removeEventListener('abort', over);
      });
    });
  }

  /** @param {number} fruitless tries in a row that brought nothing */
  async #rest(fruitless) {
    let isOver = false;
    const over = () => {
      isOver = true;
      this.#wake();
    };
    const timer = this.#parts.clock.after(over, REST_MS * 2 ** (fruitless - 1));
    await this.#until(() => isOver);
    this.#parts.clock.cancel(timer);
  }

  /**
   * Wait for something that replies bring about; each reply has its time limit.
   * @param {() => boolean} isSo
   */
  async #until(isSo) {
    while (!isSo() && !this.#isOver) {
      await new Promise((resolve) => {
        this.#wake = () => resolve(undefined);
      });
    }
  }
}
