/** What the person orders with the buttons: each is a request to the host, and its failure is told in the notice. */

import { errorText } from '../shared/error-text.js';
import { t } from '../shared/i18n.js';
import { HostError } from '../shared/protocol.js';
import { isEnded } from '../shared/states.js';
import { newFiles } from './card-buttons.js';
import { startOptions } from './options-view.js';
import { jobOfPage } from './state.js';

/** @typedef {import('../shared/states.js').JobAction} JobAction */

export class Orders {
  #parts;
  #mayStartItself = true;

  /** @param {import('./inspector.js').AskingParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** With the setting `start_on_click`, opening the popup on a thread is the order to save it. Once. */
  async startItself() {
    const state = this.#parts.state();
    const { snapshot, inspection } = state;
    const job = jobOfPage(state);
    if (!this.#mayStartItself || !snapshot?.settings?.start_on_click || !inspection || (job && !isEnded(job))) return;
    this.#mayStartItself = false;
    if (newFiles(state, job) > 0) await this.press('start');
  }

  /** @param {'start'|'retry'} action of the card's large buttons */
  async press(action) {
    const { set, state } = this.#parts;
    set({ starting: true });
    const job = jobOfPage(state());
    if (action === 'retry' && job) await this.act('retry', job.id);
    else {
      const options = startOptions(state());
      const result = await this.ask('job.start', { urls: [state().url], ...(Object.keys(options).length > 0 && { options }) });
      if (result) {
        set({ startedJob: result.jobs[0]?.id ?? state().startedJob, areOptionsOpen: false, choices: { ...state().choices, watch: false } });
      }
    }
    set({ starting: false });
  }

  /**
   * @param {JobAction} action
   * @param {string} job an id, or "all"
   */
  async act(action, job) {
    await this.ask(action === 'reveal' ? 'folder.reveal' : `job.${action}`, { job });
  }

  /**
   * @param {import('./files-view.js').FileAction} action
   * @param {string} file of the job whose files are shown
   */
  async actOnFile(action, file) {
    const job = this.#parts.state().files?.job.id;
    const types = { retry: 'job.retry', open: 'file.open', reveal: 'folder.reveal' };
    if (job) await this.ask(types[action], { job, file });
  }

  /**
   * Its result, or undefined.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   */
  async ask(type, fields = {}) {
    const { set, request } = this.#parts;
    set({ notice: '' });
    try {
      return await request(type, fields);
    } catch (error) {
      set({ notice: errorText(HostError.from(error), t) });
      return undefined;
    }
  }
}
