/** Asking for a part of a file from the background, with the browser's own session. */

import { rawHead, readHead } from './courier-answer.js';

/** @typedef {import('./courier-answer.js').Answer} Answer */

/** Read at once, at most. */
export const PIECE_BYTES = 256 * 1024;

/**
 * The answer, as soon as its headers are there. Rejects when there is none.
 * @param {import('./courier-answer.js').Wish} wish
 * @param {AbortSignal} signal
 * @param {typeof fetch} [ask]
 * @returns {Promise<Answer>}
 */
export async function askInBackground({ url, from, to }, signal, ask = fetch) {
  const response = await ask(url, {
    credentials: 'include',
    cache: 'no-store', // it goes to the disk once, by the host
    headers: { Range: `bytes=${from}-${to}` },
    signal,
  });
  return { head: readHead(rawHead(response)), ...readerOf(response.body) };
}

/** Buffers that no answer is read into at the moment: a new one each time is garbage, of which Firefox lets much gather. @type {ArrayBuffer[]} */
const spare = [];
const GIVEN_BACK = new ArrayBuffer(0);

/**
 * @param {ReadableStream<Uint8Array>|null} body
 * @returns {Pick<Answer, 'read'|'close'>}
 */
function readerOf(body) {
  if (!body) return { read: async () => null, close: () => {} };
  try {
    return readerIntoOurs(body.getReader({ mode: 'byob' }));
  } catch {
    const reader = body.getReader(); // this browser hands out buffers of its own only
    return {
      read: async () => (await reader.read()).value ?? null,
      close: () => void reader.cancel().catch(() => {}), // it is over already
    };
  }
}

/**
 * @param {ReadableStreamBYOBReader} reader
 * @returns {Pick<Answer, 'read'|'close'>}
 */
function readerIntoOurs(reader) {
  let buffer = spare.pop() ?? new ArrayBuffer(PIECE_BYTES);
  return {
    read: async () => {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (value) buffer = /** @type {ArrayBuffer} */ (value.buffer); // the same memory, under another name
      return done ? null : value;
    },
    close: () => {
      reader.cancel().catch(() => {});
      // The browser keeps the one it was about to fill
      if (buffer.byteLength === PIECE_BYTES) spare.push(buffer);
      buffer = GIVEN_BACK;
    },
  };
}
