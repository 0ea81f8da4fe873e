/** A site, and a host that asked for its files, for the courier: both do what the test says, and count. */

import assert from 'node:assert/strict';
import { HostError } from '../../../extension/shared/protocol.js';
import { objections } from './contract.js';

/** @typedef {import('../../../extension/background/courier-answer.js').Answer} Answer */
/** @typedef {import('../../../extension/background/courier-answer.js').Wish} Wish */
/** @typedef {Record<string, any>} Message */

const PIECE_BYTES = 65_536;

/**
 * So many bytes, different everywhere.
 * @param {number} size
 */
export function body(size) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 1) bytes[at] = (at * 31 + (at >> 8) * 17 + (at >> 16)) & 255;
  return bytes;
}

/** Serves one body under every address, unless told otherwise. */
export class FakeSite {
  /** @type {Wish[]} */
  asked = [];
  /** Bytes that were read. */
  readBytes = 0;
  /** Answers that were closed or read to their end. */
  closed = 0;
  /** Status instead of the file. @type {(wish: Wish) => number|null} */
  refuse = () => null;
  /** Bytes after which the line breaks, for each request in turn. @type {(number|null)[]} */
  breaks = [];
  hasRanges = true;
  tellsSize = true;
  /** Where the answer really comes from. @type {string|null} */
  redirect = null;
  /** What a refusal says in its Retry-After. @type {string|null} */
  wait = null;
  /** Never answers. */
  isSilent = false;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  /**
   * @param {Wish} wish
   * @param {AbortSignal} signal
   * @returns {Promise<Answer>}
   */
  ask = async (wish, signal) => {
    this.asked.push(wish);
    if (this.isSilent) return new Promise(() => {});
    const status = this.refuse(wish) ?? (this.hasRanges ? (wish.from < this.bytes.length ? 206 : 416) : 200);
    const isOfFile = status === 200 || status === 206;
    const from = status === 206 ? wish.from : 0;
    const end = status === 206 ? Math.min(wish.to + 1, this.bytes.length) : isOfFile ? this.bytes.length : 0;
    const breakAt = this.breaks.shift() ?? null;
    let at = from;
    return {
      head: {
        status,
        url: this.redirect ?? wish.url,
        from,
        length: isOfFile && (this.tellsSize || status === 206) ? end - from : null,
        size: isOfFile && this.tellsSize ? this.bytes.length : null,
        isOfFile,
        wait: isOfFile ? null : this.wait,
      },
      read: async () => {
        if (signal.aborted) throw new TypeError('aborted');
        if (breakAt !== null && at - from >= breakAt) throw new TypeError('network error');
        if (at >= end) return null;
        const piece = this.bytes.subarray(at, Math.min(end, at + PIECE_BYTES, breakAt === null ? end : from + breakAt));
        at += piece.length;
        this.readBytes += piece.length;
        return piece;
      },
      close: () => void (this.closed += 1),
    };
  };
}

/** Takes chunks in order and says which offset it wants; every chunk is held to the schema. */
export class FakePart {
  /** @type {Message[]} */
  chunks = [];
  /** What came, in order. @type {Uint8Array[]} */
  #taken = [];
  next = 0;
  window = 4;
  /** The first answer's size, as it was told. @type {number|undefined} */
  size;
  isEnded = false;
  /** Bytes sent and not answered: now, and at most. */
  unanswered = 0;
  mostUnanswered = 0;
  /** An error instead of taking this chunk. @type {(chunk: Message, number: number) => HostError|null} */
  object = () => null;
  /** Whether replies wait until `answer` is called. */
  isSlow = false;
  /** @type {(() => void)[]} */
  #held = [];

  /** @param {number} [next] bytes it has already */
  constructor(next = 0) {
    this.next = next;
  }

  get bytes() {
    return Buffer.concat(this.#taken);
  }

  /** What the courier said last of all. */
  get last() {
    return this.chunks.at(-1) ?? {};
  }

  /**
   * @param {Message} fields
   * @returns {Promise<{next: number, window: number}>}
   */
  send = (fields) => {
    const problem = objections('requests.json', 'file.chunk', { id: this.chunks.length + 1, type: 'file.chunk', ...fields });
    assert.equal(problem, '');
    this.chunks.push(fields);
    const sent = Buffer.from(fields.data, 'base64');
    this.unanswered += sent.length;
    this.mostUnanswered = Math.max(this.mostUnanswered, this.unanswered);
    // Taken or refused when it comes; the reply, maybe later, says what is wanted by then
    const refusal = this.#take(fields, sent);
    return new Promise((resolve, reject) => {
      const reply = () => {
        this.unanswered -= sent.length;
        if (refusal) reject(refusal);
        else resolve({ next: this.next, window: this.window });
      };
      if (this.isSlow) this.#held.push(reply);
      else queueMicrotask(reply);
    });
  };

  /** Send the replies that wait, oldest first, or so many of them. */
  answer(count = this.#held.length) {
    for (const reply of this.#held.splice(0, count)) reply();
  }

  /**
   * @param {Message} fields
   * @param {Uint8Array} sent
   * @returns {HostError|null}
   */
  #take(fields, sent) {
    const error = this.object(fields, this.chunks.length - 1);
    if (error || fields.error) return error;
    if (fields.status === 200 && this.#taken.length === 0) this.next = 0;
    if (fields.offset !== this.next) return new HostError('file.offset', 'Another offset is wanted.', String(this.next));
    this.#taken.push(sent);
    this.next += sent.length;
    this.size ??= fields.size;
    this.isEnded ||= fields.end === true;
    return null;
  }
}
