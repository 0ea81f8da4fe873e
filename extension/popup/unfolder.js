/** Fetches what is unfolded, page by page, as far as it is looked at. */

import { unfolded, withPage } from './expansion.js';

/** New files are looked for in so many pages of a thread's files at most. */
const MOST_FILE_PAGES = 20;

export class Unfolder {
  #parts;

  /** @param {import('./inspector.js').AskingParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Unfold a job in place of any other, or fold it.
   * @param {string} job
   * @param {'threads'|'new'} what
   */
  async toggle(job, what) {
    const { set, state } = this.#parts;
    const isOpen = state().expansion?.job === job;
    set({ expansion: isOpen ? null : unfolded(job, what) });
    await this.fill();
  }

  /** Fetch what is to be seen first: a page of threads, or all new files, which are among the others. */
  async fill() {
    const pages = this.#parts.state().expansion?.what === 'new' ? MOST_FILE_PAGES : 1;
    for (let page = 0; page < pages; page += 1) await this.more();
  }

  /** The next page, unless it is on its way or there is none. */
  async more() {
    const { set, state, request } = this.#parts;
    const asked = state().expansion;
    if (!asked || asked.isLoading || asked.isWhole) return;
    set({ expansion: { ...asked, isLoading: true } });
    const { job, what, cursor } = asked;
    const next = cursor === null ? {} : { cursor };
    const fields = what === 'threads' ? { parent: job, ...next } : { job, ...next };
    let page = null;
    try {
      page = await request(what === 'threads' ? 'jobs.list' : 'job.files', fields);
    } catch {
      // Asking again would fail again; when the line was cut, the snapshot that follows begins anew
    }
    const now = state().expansion;
    if (now?.job !== job || now.what !== what || !now.isLoading) return;
    set({ expansion: page ? withPage(now, page) : { ...now, isLoading: false, isWhole: true } });
  }
}
