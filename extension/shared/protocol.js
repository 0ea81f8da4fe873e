/**
 * The numbers and words of the contract with the host (protocol 1) and of the smaller one between background and pages.
 */

export const PROTOCOL = 1;
export const HOST_NAME = 'io.github.threadreel.host';

/** The name under which pages connect to the background. */
export const PAGE_PORT = 'page';

/** The name under which the script on a thread's page does. */
export const THREAD_PORT = 'thread-page';

/** The name under which a script does that fetches in a page's name. */
export const COURIER_PORT = 'courier';

/** A page tells the background for which jobs, and for which hosts, it is about to ask the person for a permission. */
export const FETCH_WANTED = 'fetch.wanted';

/** A page asks the background itself, not the host, to start the host once more. */
export const HOST_RETRY = 'host.retry';

/** A page asks the background for the threads that are open in tabs, and to start any number of pages. */
export const TABS_THREADS = 'tabs.threads';
export const START_ALL = 'start.all';

/** Addresses that one `page.recognise` may name. */
export const MOST_RECOGNISED = 200;

/** How long the answer to each request may take. A page's own requests, named in no list, get no answer but an error. */
export const REQUEST_TIMEOUT_MS = Object.freeze({
  hello: 20_000, // a cold Python on a slow disk
  'page.inspect': 90_000, // the API's pace, other scans before this one, and the host's own retries
  'page.files': 90_000, // likewise
  'page.recognise': 30_000,
  'job.start': 30_000,
  'job.pause': 30_000,
  'job.resume': 30_000,
  'job.cancel': 30_000,
  'job.retry': 30_000,
  'job.remove': 30_000,
  'job.priority': 30_000,
  'job.watch': 30_000,
  'job.files': 30_000,
  'jobs.list': 30_000,
  'folder.reveal': 30_000,
  'file.open': 30_000,
  'folder.choose': 600_000, // a person looks for a folder
  'settings.get': 30_000,
  'settings.set': 30_000,
  health: 30_000,
  'fetch.ready': 30_000,
  'file.chunk': 30_000, // the host answers within 20, however slow its disk
});

/** @typedef {keyof typeof REQUEST_TIMEOUT_MS} RequestType */

/** What only the background says: the first word, and what the browser fetches. */
const OURS = new Set(['hello', 'fetch.ready', 'file.chunk']);

/** Requests that a page may send on to the host. */
export const PAGE_REQUESTS = /** @type {ReadonlySet<string>} */ (
  new Set(Object.keys(REQUEST_TIMEOUT_MS).filter((type) => !OURS.has(type)))
);

/** A failure with a stable code, a sentence, and what to do next: the same fields as on the wire. */
export class HostError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {string} [hint]
   * @param {string} [host] that shows to browsers what it refuses to programs
   */
  constructor(code, message, hint = '', host = undefined) {
    super(message);
    this.name = 'HostError';
    this.code = code;
    this.hint = hint;
    this.host = host;
  }

  /** @returns {import('./types.js').ErrorInfo} */
  toJSON() {
    return { code: this.code, message: this.message, hint: this.hint, ...(this.host !== undefined && { host: this.host }) };
  }

  /**
   * The failure as one of ours, whatever was thrown.
   * @param {unknown} error
   */
  static from(error) {
    return error instanceof HostError ? error : new HostError('internal', error instanceof Error ? error.message : String(error));
  }
}
