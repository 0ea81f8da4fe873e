/**
 * The threads that are open in tabs. Which addresses are threads is the host's to say; the browser tells addresses only once
 * a person has allowed it the known sites.
 */

import { HostError, MOST_RECOGNISED } from '../shared/protocol.js';
import { isWebUrl, menuPatterns } from '../shared/urls.js';

/** @typedef {{url: string, title: string}} OpenThread */
/** @typedef {{site: string, kind: import('../shared/types.js').PageKind, board: string, thread: number|null}|null} Recognised */

/** Pages that one `job.start` may name. */
const MOST_PAGES = 50;

/**
 * @typedef {object} OpenThreadsParts
 * @property {Pick<typeof chrome.tabs, 'query'>} tabs
 * @property {Pick<typeof chrome.permissions, 'contains'>} permissions
 * @property {() => Promise<string[]>} patterns of the known sites
 * @property {(type: 'page.recognise'|'job.start', fields: Record<string, unknown>) => Promise<any>} ask the host
 */

export class OpenThreads {
  #parts;

  /** @param {OpenThreadsParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Each thread once, in the order of its tabs; none as long as addresses may not be seen.
   * @returns {Promise<{isAllowed: boolean, threads: OpenThread[]}>}
   */
  async list() {
    const { tabs, permissions, ask } = this.#parts;
    const origins = menuPatterns(await this.#parts.patterns());
    const isAllowed = origins.length > 0 && (await permissions.contains({ origins }));
    if (!isAllowed) return { isAllowed: false, threads: [] };
    const found = await tabs.query({ url: origins });
    const pages = found.flatMap(({ url, title }) => (isWebUrl(url) ? [{ url, title: title ?? '' }] : []));
    /** @type {Map<string, OpenThread>} */
    const threads = new Map();
    for (const some of chunks(pages, MOST_RECOGNISED)) {
      const recognised = /** @type {Recognised[]} */ ((await ask('page.recognise', { urls: some.map(({ url }) => url) })).pages);
      some.forEach((page, at) => {
        const what = recognised[at];
        const key = `${what?.site} ${what?.board} ${what?.thread}`;
        if (what?.kind === 'thread' && !threads.has(key)) threads.set(key, page);
      });
    }
    return { isAllowed: true, threads: [...threads.values()] };
  }

  /**
   * Start any number of pages.
   * @param {{urls?: unknown, options?: unknown}} wish `options` as of `job.start`
   * @returns {Promise<{jobs: import('../shared/types.js').Job[]}>}
   */
  async start({ urls, options = {} }) {
    const jobs = [];
    if (!Array.isArray(urls)) throw new HostError('request.invalid', 'There are no addresses to start.');
    for (const some of chunks(urls, MOST_PAGES)) jobs.push(...(await this.#parts.ask('job.start', { urls: some, options })).jobs);
    return { jobs };
  }
}

/**
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} most in each
 * @returns {Item[][]}
 */
function chunks(items, most) {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, at) => items.slice(at * most, (at + 1) * most));
}
