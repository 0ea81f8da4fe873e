/**
 * The offer in the popup to let the browser fetch what a site refuses to programs: one sentence, one button. Finds out
 * itself what it must know, and how many files of the page's job came that way.
 */

import { FetchHosts, hostPattern } from '../shared/fetch-hosts.js';
import { t } from '../shared/i18n.js';
import { FETCH_WANTED } from '../shared/protocol.js';
import { isEnded, isListing } from '../shared/states.js';
import { make, setText, show } from './dom.js';
import { fetchOffer, hasRefused } from './offer-view.js';
import { jobOfPage } from './state.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('./state.js').PopupState} PopupState */

/** Jobs, newest first, whose refused files are looked up. */
const MOST_JOBS = 5;
/** Pages of files that are read to count those that came through the browser. */
const MOST_PAGES = 10;

/**
 * @typedef {object} OfferParts
 * @property {HTMLElement} element where it stands
 * @property {(type: string, fields: Record<string, unknown>) => Promise<any>} request
 * @property {Pick<typeof chrome, 'permissions'|'storage'>} browser
 * @property {(job: string, count: number) => void} onCount so many files of the job came through the browser
 */

export class Offer {
  #parts;
  #hosts;
  #text = make('p', { role: 'status', dir: 'auto' });
  #button = make('button', { type: 'button', class: 'button', 'data-test': 'fetch-allow' });
  /** @type {PopupState|null} */
  #state = null;
  /** @type {string[]|null} */
  #allowed = null;
  /** @type {Map<string, string[]>} */
  #refused = new Map();
  /** What has been looked up, and for which number. @type {Map<string, number>} */
  #looked = new Map();
  /** @type {import('./offer-view.js').FetchOffer|null} */
  #offer = null;
  /** Firefox asks about what is handed to other programs with the same question; Chromium does not know the word. */
  #hasDataCollection = false;

  /** @param {OfferParts} parts */
  constructor(parts) {
    const { element, browser } = parts;
    this.#parts = parts;
    this.#hosts = new FetchHosts(browser.permissions, browser.storage.local);
    element.append(this.#text, this.#button);
    this.#button.addEventListener('click', () => void this.#ask());
    // Chosen by the background, for the browser's question may have closed this page and another one is open
    browser.storage.local.onChanged.addListener(() => void this.#refresh());
    browser.permissions.onRemoved.addListener(() => void this.#refresh());
    void this.#refresh();
  }

  /** @param {PopupState} state */
  update(state) {
    this.#state = state;
    if (!state.snapshot) return;
    this.#offer = fetchOffer(state.snapshot, { allowed: this.#allowed, refused: this.#refused }, t);
    setText(this.#text, this.#offer?.sentence ?? '');
    setText(this.#button, this.#offer?.label ?? '');
    show(this.#parts.element, this.#offer !== null);
    void this.#look(state.snapshot.jobs, jobOfPage(state));
  }

  async #refresh() {
    const given = await this.#parts.browser.permissions.getAll();
    this.#hasDataCollection = 'data_collection' in given;
    this.#allowed = await this.#hosts.allowed();
    if (this.#state) this.update(this.#state);
  }

  /** To be begun at once in the click, else the browser does not ask; it may close the popup meanwhile. */
  async #ask() {
    if (!this.#offer) return;
    const { jobs, hosts } = this.#offer;
    void this.#try(FETCH_WANTED, { jobs, hosts }, {});
    const collection = this.#hasDataCollection && { data_collection: ['websiteContent'] };
    await this.#parts.browser.permissions.request({ origins: hosts, ...collection });
  }

  /**
   * Look up what the jobs that are shown need, once for each number of files.
   * @param {readonly Job[]} jobs
   * @param {Job|undefined} ofPage
   */
  async #look(jobs, ofPage) {
    for (const job of jobs.filter(hasRefused).slice(0, MOST_JOBS)) {
      if (this.#isNew(`refused ${job.id}`, job.files.blocked)) await this.#lookForRefused(job);
    }
    if (ofPage && isEnded(ofPage) && !isListing(ofPage.kind) && ofPage.files.saved > 0 && this.#isNew(`count ${ofPage.id}`, ofPage.files.saved)) {
      const files = await this.#files(ofPage.id, 'saved', MOST_PAGES);
      this.#parts.onCount(ofPage.id, files.filter(({ reason }) => reason === 'browser').length);
    }
  }

  /**
   * @param {string} what
   * @param {number} number
   */
  #isNew(what, number) {
    const isNew = this.#looked.get(what) !== number;
    this.#looked.set(what, number);
    return isNew;
  }

  /** @param {Job} job */
  async #lookForRefused(job) {
    const files = await this.#files(isListing(job.kind) ? await this.#childOf(job) : job.id, 'blocked', 1);
    this.#refused.set(job.id, [...new Set(files.map(({ url }) => hostPattern(url) ?? ''))].filter(Boolean));
    if (this.#state) this.update(this.#state);
  }

  /**
   * A thread of the board whose files were refused; the host speaks of files only for threads.
   * @param {Job} job
   * @returns {Promise<string|null>}
   */
  async #childOf(job) {
    const { jobs } = await this.#try('jobs.list', { parent: job.id }, { jobs: [] });
    return jobs.find(hasRefused)?.id ?? null;
  }

  /**
   * @param {string|null} job
   * @param {import('../shared/types.js').FileState} state
   * @param {number} mostPages
   * @returns {Promise<import('../shared/types.js').JobFile[]>}
   */
  async #files(job, state, mostPages) {
    const found = [];
    let cursor = null;
    for (let page = 0; job !== null && page < mostPages; page += 1) {
      const answer = await this.#try('job.files', { job, state, ...(cursor !== null && { cursor }) }, { files: [], cursor: null });
      found.push(...answer.files);
      cursor = answer.cursor;
      if (cursor === null) break;
    }
    return found;
  }

  /**
   * A request without which the popup lives as well.
   * @param {string} type
   * @param {Record<string, unknown>} fields
   * @param {any} otherwise
   */
  async #try(type, fields, otherwise) {
    try {
      return await this.#parts.request(type, fields);
    } catch {
      return otherwise; // the job is gone, or the host: that is told elsewhere
    }
  }
}
