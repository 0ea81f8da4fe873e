/** What the last thread would be called with the templates as they are being written: the host's word, nothing is kept. */

import { HostError } from '../shared/protocol.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/types.js').Inspection} Inspection */

/** The host is asked when nothing was written for so long. */
export const WRITING_MS = 350;
/** Threads that are tried: the site may have the last ones no longer. */
const MOST_THREADS = 3;
/** Names that are shown. */
const NAMES = 3;

/** Template fields, by the name under which they are tried out and kept. @typedef {'folder_template'|'name_template'} TemplateName */
/** @typedef {Partial<Record<TemplateName, string>>} Templates */

/**
 * @typedef {object} PreviewView
 * @property {'none'|'busy'|'shown'|'gone'} state `none`: there is no thread yet; `gone`: the last ones cannot be read any more
 * @property {string} title of the thread
 * @property {string} directory
 * @property {string[]} names
 */

/**
 * @typedef {object} NamePreviewParts
 * @property {(type: string, fields: Record<string, unknown>) => Promise<any>} request
 * @property {(view: PreviewView) => void} show
 * @property {(name: TemplateName, error: HostError|null) => void} judge what is wrong with the template written last
 * @property {import('../shared/clock.js').Clock} clock
 */

export class NamePreview {
  #parts;
  /** @type {Job[]} */
  #threads = [];
  /** The thread that could be read. @type {Job|null} */
  #readable = null;
  /** @type {PreviewView} */
  #view = { state: 'none', title: '', directory: '', names: [] };
  #round = 0;
  /** @type {unknown} */
  #timer = null;

  /** @param {NamePreviewParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * The jobs there are. Returns whether there is now a thread to show where there was none.
   * @param {readonly Job[]} jobs newest first
   */
  know(jobs) {
    const had = this.#threads.length > 0;
    this.#threads = jobs.filter(({ kind, state }) => kind === 'thread' && state !== 'failed').slice(0, MOST_THREADS);
    if (!this.#threads.length) this.#show({ state: 'none', title: '', directory: '', names: [] });
    return !had && this.#threads.length > 0;
  }

  /**
   * A template is being written.
   * @param {TemplateName} name
   * @param {Templates} templates both, as they are
   */
  write(name, templates) {
    const { clock } = this.#parts;
    clock.cancel(this.#timer);
    this.#timer = clock.after(() => void this.look(templates, name), WRITING_MS);
  }

  /**
   * Look at the last thread. A later look makes an earlier one's answer worthless.
   * @param {Templates} templates
   * @param {TemplateName} [written] the one that was written last
   */
  async look(templates, written) {
    const round = ++this.#round;
    const { clock, judge } = this.#parts;
    clock.cancel(this.#timer);
    if (!this.#threads.length) return;
    this.#show({ ...this.#view, state: 'busy' });
    let view = /** @type {PreviewView} */ ({ state: 'gone', title: '', directory: '', names: [] });
    /** @type {HostError|null} */
    let objection = null;
    for (const job of this.#readable ? [this.#readable] : this.#threads) {
      try {
        view = { state: 'shown', title: job.title, ...(await this.#inspect(job, templates)) };
        this.#readable = job;
        break;
      } catch (error) {
        const what = HostError.from(error);
        if (what.code !== 'template.invalid') continue;
        objection = what;
        view = { ...this.#view, state: this.#view.directory ? 'shown' : 'none' };
        break;
      }
    }
    if (round !== this.#round) return;
    if (written) judge(written, objection);
    this.#show(view);
  }

  /**
   * @param {Job} job
   * @param {Templates} options
   */
  async #inspect(job, options) {
    const { preview } = /** @type {Inspection} */ (await this.#parts.request('page.inspect', { url: job.url, options }));
    return { directory: preview?.directory ?? '', names: preview?.names.slice(0, NAMES) ?? [] };
  }

  /** @param {PreviewView} view */
  #show(view) {
    this.#view = view;
    this.#parts.show(view);
  }
}
