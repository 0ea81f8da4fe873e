/**
 * Puts the background's parts together: host, pages, menu, badge. It may be stopped and started by the browser at any
 * moment; what it must remember is in SessionMemory, what it shows comes from the host.
 */

import { errorText } from '../shared/error-text.js';
import { createFormat } from '../shared/format.js';
import { language, t, tn } from '../shared/i18n.js';
import { HOST_NAME, HOST_RETRY, HostError, PAGE_REQUESTS } from '../shared/protocol.js';
import { Badge, face } from './badge.js';
import { HostPort } from './host-port.js';
import { Hub } from './hub.js';
import { LogRing } from './log-ring.js';
import { Menus, menuWish } from './menus.js';
import { Mirror } from './mirror.js';
import { SessionMemory } from './session-memory.js';
import { Sites } from './sites.js';

/** @typedef {import('../shared/types.js').Hello} Hello */
/** @typedef {import('../shared/types.js').HostStatus} HostStatus */
/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/types.js').Level} Level */

/** Pages of a hundred jobs that are asked for after `hello`. */
const MOST_JOB_PAGES = 5;

/**
 * @typedef {object} BackgroundParts
 * @property {typeof chrome} browser
 * @property {import('../shared/clock.js').Clock} clock
 * @property {(port: chrome.runtime.Port) => string} disconnectText
 * @property {() => string} browserText
 */

export class Background {
  #clock;
  #mirror = new Mirror();
  #log = new LogRing();
  #memory;
  #sites;
  #menus;
  #badge;
  /** @type {HostPort} */
  #host;
  /** @type {Hub} */
  #hub;
  #format = createFormat(language());
  /** The hello the mirror was filled from, and the filling. @type {{hello: Hello, done: Promise<void>}|null} */
  #loaded = null;

  /** @param {BackgroundParts} parts */
  constructor({ browser, clock, disconnectText, browserText }) {
    const { runtime, storage } = browser;
    this.#clock = clock;
    this.#memory = new SessionMemory(storage.session);
    this.#sites = new Sites(storage.local);
    this.#menus = new Menus(browser.contextMenus, t);
    this.#badge = new Badge(browser.action);
    this.#host = new HostPort({
      connect: () => runtime.connectNative(HOST_NAME),
      disconnectText,
      introduce: () => ({ extension: runtime.getManifest().version, browser: browserText() }),
      isNeeded: () => this.#mirror.isBusy || this.#hub.pageCount > 0,
      rememberHeard: (heard) => this.#memory.keep({ host_heard: heard }),
      onEvent: (event) => this.#take(event),
      onStatus: (status) => this.#hostIs(status),
      clock,
    });
    this.#hub = new Hub({
      extensionId: runtime.id,
      baseUrl: runtime.getURL(''),
      whenReady: () => this.#ready(),
      snapshot: () => this.#snapshot(),
      answer: (request) => this.#answer(request),
      onPages: () => this.#pagesChanged(),
    });
  }

  /** The browser has started the background. Jobs that were running when it was last stopped are taken up again. */
  async wake() {
    const { host_heard, jobs_active, trouble } = await this.#memory.recall();
    if (trouble) this.#log.add({ at: trouble.at, level: 'error', text: trouble.text, job: null, dropped: 0 });
    if (!host_heard || !jobs_active) return;
    await this.#ready();
    if (this.#host.status.phase === 'failed') await this.#trouble(t('trouble_host'));
    this.#jobsChanged();
  }

  /** The extension is new, or the browser has started: show the menu, and learn the sites if the host is there. */
  async introduce() {
    await this.#menus.show(await this.#sites.patterns());
    await this.#ready();
  }

  /** @param {chrome.runtime.Port} port */
  connect(port) {
    return this.#hub.connect(port);
  }

  /**
   * The person has chosen something from the context menu.
   * @param {chrome.contextMenus.OnClickData} info
   * @param {chrome.tabs.Tab} [tab]
   */
  async menuClicked(info, tab) {
    const wish = menuWish(info, tab, await this.#sites.patterns());
    try {
      if (!wish) throw new HostError('url.invalid', t('menu_nothing'));
      await this.#answer({ id: 0, type: 'job.start', urls: [wish.url], options: { priority: wish.priority } });
    } catch (error) {
      await this.#trouble(errorText(HostError.from(error), t));
    }
  }

  /** Wait until the host has told what there is, or it is plain that it will not. Never rejects: the status tells. */
  async #ready() {
    try {
      const hello = await this.#host.open();
      const loaded = this.#loaded?.hello === hello ? this.#loaded : { hello, done: this.#load(hello) };
      this.#loaded = loaded;
      await loaded.done;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }

  /** @param {Hello} hello */
  async #load(hello) {
    this.#mirror.reset(hello);
    if (await this.#sites.keep(hello.sites)) await this.#menus.show(await this.#sites.patterns());
    for (let page = 1, cursor = hello.cursor; cursor !== null && page < MOST_JOB_PAGES; page += 1) {
      const more = await this.#host.request('jobs.list', { cursor });
      this.#mirror.put(more.jobs);
      cursor = more.cursor;
    }
    this.#jobsChanged();
    this.#hub.tell(this.#snapshot());
  }

  /** @returns {import('../shared/types.js').Snapshot} */
  #snapshot() {
    return {
      type: 'snapshot',
      host: this.#host.status,
      jobs: this.#mirror.jobs,
      sites: this.#mirror.sites,
      settings: this.#mirror.settings,
      log: this.#log.lines,
      trouble: this.#memory.trouble,
    };
  }

  /** @param {import('../shared/types.js').HostEvent} event */
  #take(event) {
    if (event.type === 'log') {
      this.#note(event.level, event.text, event.job, event.dropped);
      return;
    }
    if (event.type !== 'files.changed') this.#mirror.put([event.job]);
    this.#hub.tell(event);
    if (event.type === 'job.finished' && (event.job.state === 'failed' || event.job.state === 'incomplete')) {
      void this.#trouble(t(`trouble_${event.job.state}`, event.job.title || event.job.url));
    }
    this.#jobsChanged();
  }

  /** @param {HostStatus} status */
  #hostIs(status) {
    this.#hub.tell({ type: 'host.status', host: status });
    if (status.phase === 'open') void this.#ready();
    if (status.phase === 'waiting') this.#note('warning', t('log_host_stopped'));
    if (status.phase === 'failed' && this.#mirror.isBusy) void this.#trouble(t('trouble_host'));
  }

  /**
   * A page's request: what the background itself can do, and what goes on to the host.
   * @param {import('../shared/types.js').Request} request
   * @returns {Promise<unknown>}
   */
  async #answer({ id: _id, type, ...fields }) {
    if (type === HOST_RETRY) {
      await this.#ready();
      this.#hub.tell(this.#snapshot());
      return {};
    }
    if (!PAGE_REQUESTS.has(type)) throw new HostError('request.unknown', `No page may ask for ${type}.`);
    const result = await this.#host.request(/** @type {import('../shared/protocol.js').RequestType} */ (type), fields);
    this.#learn(type, result);
    return result;
  }

  /**
   * What a result tells about jobs and settings concerns every page, not only the one that asked.
   * @param {string} type
   * @param {{jobs?: Job[], settings?: import('../shared/types.js').Settings}} result
   */
  #learn(type, { jobs = [], settings }) {
    if (type === 'job.remove') {
      const ids = jobs.map((job) => job.id);
      this.#mirror.remove(ids);
      this.#hub.tell({ type: 'jobs.removed', jobs: ids });
    } else {
      this.#mirror.put(jobs);
      for (const job of jobs) this.#hub.tell({ type: 'job.update', job });
    }
    if (settings) {
      this.#mirror.settings = settings;
      this.#hub.tell({ type: 'settings.changed', settings });
    }
    this.#jobsChanged();
  }

  #jobsChanged() {
    if (this.#memory.jobs_active !== this.#mirror.isBusy) void this.#memory.keep({ jobs_active: this.#mirror.isBusy });
    this.#host.settle();
    this.#showFace();
  }

  #pagesChanged() {
    this.#host.settle();
    if (this.#hub.hasReader && this.#memory.trouble) {
      void this.#memory.keep({ trouble: null });
      this.#showFace();
    }
  }

  #showFace() {
    const words = { t, tn, format: this.#format };
    void this.#badge.show(face(this.#mirror.jobs, this.#memory.trouble, words));
  }

  /** @param {string} text */
  async #trouble(text) {
    this.#note('error', text);
    if (this.#hub.hasReader) return; // it is being read
    const kept = this.#memory.keep({ trouble: { at: this.#clock.now(), text } });
    this.#showFace();
    await kept;
  }

  /**
   * @param {Level} level
   * @param {string} text
   * @param {string|null} [job]
   * @param {number} [dropped]
   */
  #note(level, text, job = null, dropped = 0) {
    const line = { at: this.#clock.now(), level, text, job, dropped };
    this.#log.add(line);
    this.#hub.tell({ type: 'log', line });
  }
}
