/** Fetches what the screen of a job's files shows, and why the files of an incomplete job are missing. */

import { filesOf, withFilePage } from './files-state.js';
import { jobOfPage } from './state.js';

/** So many pages of a hundred files at most; a thread with more has the others in its folder. */
const MOST_PAGES = 40;
/** Nobody tells of single files of boards' threads: they are asked for this often while their job moves. */
const AGAIN_MS = 2_000;

export class FilesAsker {
  #parts;
  /** @type {unknown} */
  #timer = null;
  #round = 0;

  /** @param {import('./inspector.js').AskingParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {import('../shared/types.js').Job} job */
  async open(job) {
    this.#parts.set({ files: filesOf(job) });
    await this.#fill();
  }

  /** After the line to the background was cut: what happened meanwhile was not told. */
  async fill() {
    if (this.#parts.state().files) await this.#fill();
  }

  /** A job that a board's job made has moved. */
  childrenChanged() {
    const { files } = this.#parts.state();
    if (!files?.job.parent || this.#timer !== null) return;
    this.#timer = this.#parts.clock.after(() => {
      this.#timer = null;
      void this.fill();
    }, AGAIN_MS);
  }

  async #fill() {
    const round = ++this.#round;
    const { set, state, request } = this.#parts;
    const job = state().files?.job.id;
    let cursor = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      /** @type {{files: import('../shared/types.js').JobFile[], cursor: string|null}|null} */
      let told = null;
      try {
        told = await request('job.files', { job, ...(cursor !== null && { cursor }) });
      } catch {
        // Said on the screen; it is asked again when the line to the host is there again
      }
      const { files } = state();
      if (round !== this.#round || !files || files.job.id !== job) return;
      set({ files: told ? withFilePage(files, told.files, told.cursor === null) : { ...files, hasFailed: files.files.size === 0 } });
      cursor = told?.cursor ?? null;
      if (cursor === null) return;
    }
  }

  /** If the job of this page is incomplete: which files are missing, with their reasons. Once for each of its ends. */
  async lookForMissing() {
    const { set, state, request } = this.#parts;
    const job = jobOfPage(state());
    if (job?.state !== 'incomplete' || job.threads) return;
    const end = `${job.id} ${job.finished}`;
    if (state().missing?.end === end) return;
    set({ missing: { end, files: null } });
    try {
      const pages = await Promise.all(
        /** @type {const} */ (['blocked', 'failed']).filter((each) => job.files[each] > 0).map((each) => request('job.files', { job: job.id, state: each })),
      );
      if (state().missing?.end === end) set({ missing: { end, files: pages.flatMap((page) => page.files) } });
    } catch {
      // The counts of the job tell how many, which is enough to say
      if (state().missing?.end === end) set({ missing: { end, files: [] } });
    }
  }
}
