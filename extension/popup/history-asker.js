/** Fetches the history page by page, as far as it is looked at, and for what is searched. */

import { HostError } from '../shared/protocol.js';
import { errorText } from '../shared/error-text.js';
import { t } from '../shared/i18n.js';
import { historyOf, withHistoryPage } from './history-state.js';

/** The host is asked when nothing was written for so long. */
const WRITING_MS = 200;

export class HistoryAsker {
  #parts;
  #round = 0;
  /** @type {unknown} */
  #timer = null;

  /** @param {import('./inspector.js').AskingParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  async open() {
    this.#round += 1;
    this.#parts.set({ history: historyOf(), notice: '' });
    await this.more();
  }

  /** @param {string} search as far as it is written */
  search(search) {
    const { set, state, clock } = this.#parts;
    const { history } = state();
    if (!history) return;
    this.#round += 1;
    // What was found before stays until the answer is there: nothing flickers
    set({ history: { ...history, search, isLoading: true, isAskingToClear: false } });
    clock.cancel(this.#timer);
    this.#timer = clock.after(() => void this.#ask(search, null), WRITING_MS);
  }

  /** The next page, unless it is on its way or there is none. */
  async more() {
    const { set, state } = this.#parts;
    const { history } = state();
    if (!history || history.isLoading || history.isWhole) return;
    set({ history: { ...history, isLoading: true } });
    await this.#ask(history.search, history.cursor);
  }

  /** All of it is forgotten; the files stay. */
  async clear() {
    const { set, state, request } = this.#parts;
    const { history } = state();
    if (!history) return;
    set({ history: { ...history, isAskingToClear: false } });
    try {
      await request('job.remove', { job: 'all' });
      await this.open();
    } catch (error) {
      set({ notice: errorText(HostError.from(error), t) });
    }
  }

  /**
   * @param {string} search
   * @param {string|null} cursor
   */
  async #ask(search, cursor) {
    const round = this.#round;
    const { set, state, request } = this.#parts;
    /** @type {{jobs: import('../shared/types.js').Job[], cursor: string|null}|null} */
    let page = null;
    try {
      page = await request('jobs.list', { search: search.trim(), ...(cursor !== null && { cursor }) });
    } catch (error) {
      set({ notice: errorText(HostError.from(error), t) });
    }
    const { history } = state();
    if (!history || round !== this.#round) return;
    const before = cursor === null ? historyOf(search) : history;
    set({ history: page ? { ...withHistoryPage(before, page), isAskingToClear: history.isAskingToClear } : { ...history, isLoading: false, isWhole: true } });
  }
}
