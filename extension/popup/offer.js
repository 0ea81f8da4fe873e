/**
 * The offer in the popup to let the browser fetch what a site refuses to programs: in the card of the page that it is about, else
 * one sentence and one button below it. Finds out what is to be known for it. Once a page may be read, it says so.
 */

import { FetchHosts, hostPattern } from '../shared/fetch-hosts.js';
import { FETCH_WANTED } from '../shared/protocol.js';
import { isListing } from '../shared/states.js';
import { make, setText, show } from './dom.js';
import { hasRefused, lacksThreads, momentOf, refusingHost } from './offer-view.js';
import { jobOfPage } from './state.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('./state.js').PopupState} PopupState */

/** Jobs, the page's own and the newest, whose refused files are looked up. */
const MOST_JOBS = 5;

/**
 * @typedef {object} OfferParts
 * @property {HTMLElement} element where it stands
 * @property {(type: string, fields: Record<string, unknown>) => Promise<any>} request
 * @property {Pick<typeof chrome, 'permissions'|'storage'>} browser
 * @property {(facts: import('./offer-view.js').FetchFacts) => void} onFacts what is known is other than before
 * @property {() => void} onPageAllowed the popup's page was refused to the host, and the browser may read it from now on
 */

export class Offer {
  #parts;
  #hosts;
  #text = make('p', { role: 'status', dir: 'auto' });
  #button = make('button', { type: 'button', class: 'button', 'data-test': 'fetch-allow' });
  /** @type {PopupState|null} */
  #state = null;
  /** The one that is made now. @type {import('./offer-view.js').FetchOffer|null} */
  #offer = null;
  /** @type {string[]|null} */
  #allowed = null;
  /** @type {ReadonlyMap<string, import('./offer-view.js').Refused>} */
  #refused = new Map();
  /** The moments of jobs that have been looked up, or are being. @type {Map<string, string>} */
  #looked = new Map();
  /** Firefox asks about what is handed to other programs with the same question; Chromium does not know the word. */
  #hasDataCollection = false;

  /** @param {OfferParts} parts */
  constructor(parts) {
    const { element, browser } = parts;
    this.#parts = parts;
    this.#hosts = new FetchHosts(browser.permissions, browser.storage.local);
    element.append(this.#text, this.#button);
    this.#button.addEventListener('click', () => void this.ask());
    // Chosen by the background, for the browser's question may have closed this page and another one is open
    browser.storage.local.onChanged.addListener(() => void this.#refresh());
    browser.permissions.onRemoved.addListener(() => void this.#refresh());
    void this.#refresh();
  }

  /**
   * @param {PopupState} state
   * @param {import('./offer-view.js').FetchOffer|null} offer
   * @param {boolean} isInCard
   */
  update(state, offer, isInCard) {
    this.#state = state;
    this.#offer = offer;
    const isShown = offer !== null && !isInCard;
    setText(this.#text, isShown ? offer.sentence : '');
    setText(this.#button, isShown ? offer.label : '');
    show(this.#parts.element, isShown);
    if (state.snapshot) void this.#look([...state.snapshot.jobs, ...(state.ownChild ? [state.ownChild] : [])], jobOfPage(state));
  }

  async #refresh() {
    const given = await this.#parts.browser.permissions.getAll();
    this.#hasDataCollection = 'data_collection' in given;
    const allowed = await this.#hosts.allowed();
    const before = this.#allowed ?? allowed;
    this.#allowed = allowed;
    this.#tell();
    const more = allowed.filter((host) => !before.includes(host));
    const [page] = refusingHost(this.#state?.inspectError ?? null);
    if (!page || !more.includes(page)) return;
    // Answered once the host knows that the browser may
    await this.#try(FETCH_WANTED, { jobs: [], hosts: [page] }, {});
    this.#parts.onPageAllowed();
  }

  #tell() {
    this.#parts.onFacts({ allowed: this.#allowed, refused: this.#refused });
  }

  /** To be begun at once in the click, else the browser does not ask; it may close the popup meanwhile. */
  async ask() {
    if (!this.#offer) return;
    const { jobs, hosts } = this.#offer;
    void this.#try(FETCH_WANTED, { jobs, hosts }, {});
    const collection = this.#hasDataCollection && { data_collection: ['websiteContent'] };
    await this.#parts.browser.permissions.request({ origins: hosts, ...collection });
  }

  /**
   * Look up what the jobs that are shown need, once for each of their moments.
   * @param {readonly Job[]} jobs
   * @param {Job|undefined} ofPage its buttons wait for that
   */
  async #look(jobs, ofPage) {
    const lacking = jobs.filter((job) => hasRefused(job) || lacksThreads(job)).sort((a, b) => Number(b === ofPage) - Number(a === ofPage));
    for (const job of lacking.slice(0, MOST_JOBS)) {
      if (this.#looked.get(job.id) === momentOf(job)) continue;
      this.#looked.set(job.id, momentOf(job));
      await this.#lookForRefused(job);
    }
  }

  /** @param {Job} job */
  async #lookForRefused(job) {
    const threads = isListing(job.kind) ? await this.#threadsOf(job) : [job];
    // One thread of a board is enough to tell where the files are
    const files = await this.#refusedFiles(threads.find(hasRefused)?.id ?? null);
    const found = {
      files: [...new Set(files.map(({ url }) => hostPattern(url) ?? ''))].filter(Boolean),
      pages: [...new Set(threads.flatMap(({ error }) => refusingHost(error)))],
      moment: momentOf(job),
    };
    this.#refused = new Map([...this.#refused, [job.id, found]]);
    this.#tell();
  }

  /**
   * @param {Job} job of a board
   * @returns {Promise<Job[]>} the first of its threads
   */
  async #threadsOf(job) {
    const { jobs } = await this.#try('jobs.list', { parent: job.id }, { jobs: [] });
    return jobs;
  }

  /**
   * @param {string|null} job
   * @returns {Promise<import('../shared/types.js').JobFile[]>} the first of them
   */
  async #refusedFiles(job) {
    return job === null ? [] : (await this.#try('job.files', { job, state: 'blocked' }, { files: [] })).files;
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
