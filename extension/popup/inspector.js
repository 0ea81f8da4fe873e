/** Asks the host what is on the page: when the popup opens, when the person wants it, and as a filter is being written. */

import { HostError } from '../shared/protocol.js';
import { isEnded } from '../shared/states.js';
import { mayInspect } from './card-view.js';
import { jobOfPage } from './state.js';

/** A job that ended this short a time ago has just read the thread: the site is not asked again unless the person asks. */
const FRESH_S = 60;
/** The host is asked when nothing was written for so long: half a word is no mistake yet. */
export const WRITING_MS = 350;

/**
 * @typedef {object} AskingParts
 * @property {() => import('./state.js').PopupState} state
 * @property {(change: Partial<import('./state.js').PopupState>) => void} set
 * @property {(type: string, fields: Record<string, unknown>) => Promise<any>} request
 * @property {import('../shared/clock.js').Clock} clock
 */

export class Inspector {
  #parts;
  #round = 0;
  /** @type {unknown} */
  #timer = null;

  /** @param {AskingParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Whether the page should be looked at without being asked to. */
  isDue() {
    const state = this.#parts.state();
    const { snapshot, failure, inspecting, inspection, inspectError } = state;
    if (!snapshot || failure || inspecting || inspection || inspectError || !mayInspect(state)) return false;
    const job = jobOfPage(state);
    return !job || (isEnded(job) && this.#parts.clock.now() / 1000 - (job.finished ?? 0) > FRESH_S);
  }

  /**
   * Look at the page with the filter as it is. A later look makes an earlier one's answer worthless.
   * @returns {Promise<boolean>} whether this was the last look, and told what is there
   */
  async inspect() {
    const round = ++this.#round;
    const { set, state, request, clock } = this.#parts;
    clock.cancel(this.#timer);
    set({ inspecting: true, inspectError: null });
    const { url, choices } = state();
    const options = choices.filter === null ? {} : { options: { filter: choices.filter.trim() } };
    /** @type {Partial<import('./state.js').PopupState>} */
    let found;
    try {
      found = { inspection: await request('page.inspect', { url, ...options }), filterError: null };
    } catch (error) {
      const what = HostError.from(error).toJSON();
      found = what.code === 'filter.invalid' ? { filterError: what } : { inspectError: what };
    }
    if (round !== this.#round) return false;
    set({ inspecting: false, ...found });
    return 'inspection' in found;
  }

  /** @param {string} filter as far as it is written */
  tryFilter(filter) {
    const { set, state, clock } = this.#parts;
    set({ choices: { ...state().choices, filter }, inspecting: true });
    clock.cancel(this.#timer);
    this.#timer = clock.after(() => void this.inspect(), WRITING_MS);
  }
}
