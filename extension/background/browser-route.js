/**
 * The browser's own way to files that a site refuses to programs: the parts that fetch, what the person permits, and the
 * jobs that are to go on once it is permitted.
 */

import { askInBackground } from './courier-fetch.js';
import { PageRoute } from './courier-page.js';
import { CourierRules } from './courier-rules.js';
import { Courier } from './courier.js';
import { FetchPermission } from './fetch-permission.js';

/** @typedef {import('../shared/types.js').Job} Job */

/**
 * @typedef {object} BrowserRouteParts
 * @property {typeof chrome} browser
 * @property {import('../shared/clock.js').Clock} clock
 * @property {Pick<import('./host-port.js').HostPort, 'request'>} host
 * @property {(job: string) => Promise<any>} retry `job.retry`, as if a page had asked for it
 */

export class BrowserRoute {
  #parts;
  #permission;
  #page;
  #courier;
  #isHostThere = false;
  /** What was given last, until the host knows of it. @type {Promise<void>} */
  #giving = Promise.resolve();

  /** @param {BrowserRouteParts} parts */
  constructor(parts) {
    const { browser, clock, host } = parts;
    const { permissions, storage, tabs, scripting, declarativeNetRequest, runtime } = browser;
    this.#parts = parts;
    this.#permission = new FetchPermission(permissions, storage);
    this.#page = new PageRoute({ tabs, scripting, clock });
    const rules = new CourierRules(declarativeNetRequest, new URL(runtime.getURL('')).host);
    this.#courier = new Courier({
      ask: (wish, signal) => askInBackground(wish, signal),
      askPage: (origin, wish, signal) => this.#page.ask(origin, wish, signal),
      hold: (trip) => rules.hold(trip),
      mayFetch: (url) => this.#permission.covers(url),
      send: (fields) => host.request('file.chunk', fields),
      clock,
    });
    permissions.onAdded.addListener(() => void this.#given());
    permissions.onRemoved.addListener(({ origins = [] }) => void this.#taken(origins));
    storage.local.onChanged.addListener(({ fetch_hosts }) => {
      if (fetch_hosts) void this.#unchosen();
    });
  }

  get isBusy() {
    return this.#courier.isBusy;
  }

  /**
   * What `hello` says, and whether the browser may fetch.
   * @template {object} Words
   * @param {Words} words
   */
  async introduce(words) {
    await this.#permission.known();
    return { ...words, fetches: this.#permission.patterns.length > 0 };
  }

  /** The host is there: tell it from where the browser may fetch. */
  async begin() {
    this.#isHostThere = true;
    if (this.#permission.patterns.length > 0) await this.#tell();
  }

  /**
   * An event of the host's. Returns whether it concerns nobody else.
   * @param {import('../shared/types.js').HostEvent} event
   */
  take(event) {
    if (event.type === 'file.needed') this.#courier.take(event);
    if (event.type === 'file.unneeded') this.#courier.drop(event);
    if (event.type === 'job.finished') void this.#ended(event.job);
    return event.type === 'file.needed' || event.type === 'file.unneeded';
  }

  /** The host has gone. */
  stop() {
    this.#isHostThere = false;
    this.#courier.stop();
  }

  /**
   * A script in a page connects; anything but the one that is awaited is turned away.
   * @param {chrome.runtime.Port} port
   */
  connect(port) {
    const isOurs = port.sender?.id === this.#parts.browser.runtime.id && this.#page.connect(port);
    if (!isOurs) port.disconnect();
  }

  /**
   * The person is about to be asked, for the sake of some jobs: once it is permitted, they go on. What is permitted when this
   * returns, the host knows of.
   * @param {unknown} question
   */
  async want(question) {
    await this.#permission.ask(question);
    await this.#given(); // it may be permitted already, for something else
    return {};
  }

  /** Something may have been given: once the host knows of it, the jobs for which it was asked are tried again. */
  #given() {
    this.#giving = this.#giving.then(async () => {
      const before = this.#permission.patterns.length;
      const jobs = await this.#permission.answered();
      if (this.#permission.patterns.length === before) return;
      await this.#tell();
      void this.#retryAll(jobs);
    });
    return this.#giving;
  }

  /** @param {readonly string[]} jobs */
  async #retryAll(jobs) {
    for (const job of jobs) await this.#retry(job);
  }

  /** @param {readonly string[]} origins */
  async #taken(origins) {
    const lost = this.#permission.lost(origins);
    this.#courier.permissionsChanged(); // at once: what is on its way must not arrive while this is written down
    await lost;
    this.#courier.permissionsChanged();
    if (this.#isHostThere) await this.#tell();
  }

  /** Taken back by us, where something wider stays permitted: of that the browser tells nobody. */
  async #unchosen() {
    const before = this.#permission.patterns.length;
    await this.#permission.refresh();
    if (this.#permission.patterns.length >= before) return;
    this.#courier.permissionsChanged();
    if (this.#isHostThere) await this.#tell();
  }

  /**
   * A job has ended: what it was refused while it ran may be had now.
   * @param {Job} job
   */
  async #ended(job) {
    if (job.state !== 'incomplete' || this.#permission.patterns.length === 0) return;
    const { jobs } = await this.#permission.question();
    if (jobs.includes(job.id)) await this.#retry(job.id);
  }

  /** @param {string} id */
  async #retry(id) {
    try {
      const { jobs } = await this.#parts.retry(id);
      // One that still runs is not begun again: when it has ended
      if (jobs.some((/** @type {Job} */ job) => job.id === id && job.files.blocked > 0)) return;
    } catch {
      // The job is gone, or the host is: the person can still try again
    }
    await this.#permission.settled(id);
  }

  async #tell() {
    try {
      await this.#parts.host.request('fetch.ready', { hosts: this.#permission.patterns });
    } catch {
      // The host has gone: the next one is told after its hello
    }
  }
}
