/** Asking for a part of a file from the background, with the browser's own session. */

import { rawHead, readHead } from './courier-answer.js';

/** @typedef {import('./courier-answer.js').Answer} Answer */

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
  const reader = response.body?.getReader();
  return {
    head: readHead(rawHead(response)),
    read: async () => (await reader?.read())?.value ?? null,
    close: () => void reader?.cancel().catch(() => {}), // it is over already
  };
}
