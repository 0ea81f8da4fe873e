/**
 * Puts the background's parts together: host, pages, menu, badge. It may be stopped and started by the browser at any
 * moment; what it must remember is in SessionMemory, what it shows comes from the host.
 */

import { isObject } from '../shared/checks.js';
import { errorText } from '../shared/error-text.js';
import { createFormat } from '../shared/format.js';
import { language, t, tn } from '../shared/i18n.js';
import { Preferences } from '../shared/preferences.js';
import { COURIER_PORT, FETCH_WANTED, HOST_NAME, HOST_RETRY, HostError, PAGE_REQUESTS, START_ALL, TABS_THREADS, THREAD_PORT } from '../shared/protocol.js';
import { Badge, face } from './badge.js';
import { BrowserRoute } from './browser-route.js';
import { Gestures } from './gestures.js';
import { HostPort } from './host-port.js';
import { Hub } from './hub.js';
import { JobNews } from './job-news.js';
import { Journal } from './journal.js';
import { Mirror } from './mirror.js';
import { Notifications } from './notifications.js';
import { OpenThreads } from './open-threads.js';
import { PageMarks } from './page-marks.js';
import { SessionMemory } from './session-memory.js';
import { SitePlaces } from './site-places.js';

/** @typedef {import('../shared/types.js').Hello} Hello */
/** @typedef {import('../shared/types.js').HostStatus} HostStatus */
/** @typedef {import('../shared/types.js').Job} Job */

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
  #mirror;
  #journal;
  #memory;
  #places;
  #badge;
  /** @type {HostPort} */
  #host;
  /** @type {Hub} */
  #hub;
  #jobNews;
  #browserRoute;
  #marks;
  #openThreads;
  #words = { t, tn, format: createFormat(language()) };
  gestures;
  notifications;
  /** The hello the mirror was filled from, and the filling. @type {{hello: Hello, done: Promise<void>}|null} */
  #loaded = null;
  /** Whether the host has stopped by itself, and its coming back is still to be told. */
  #hasStopped = false;

  /** @param {BackgroundParts} parts */
  constructor({ browser, clock, disconnectText, browserText }) {
    const { runtime, storage } = browser;
    const ask = (/** @type {string} */ type, /** @type {Record<string, unknown>} */ fields) => this.#answer({ id: 0, type, ...fields });
    const patterns = () => this.#places.patterns();
    this.#mirror = new Mirror(() => clock.now());
    this.#memory = new SessionMemory(storage.session);
    this.#places = new SitePlaces(browser, t);
    this.#badge = new Badge(browser.action);
    this.#marks = new PageMarks({
      extensionId: runtime.id,
      ask,
      tabs: browser.tabs,
      isOn: () => this.#places.areMarked(),
      clock,
      t,
    });
    this.#host = new HostPort({
      connect: () => runtime.connectNative(HOST_NAME),
      disconnectText,
      introduce: () => this.#browserRoute.introduce({ extension: runtime.getManifest().version, browser: browserText() }),
      isNeeded: () => this.#mirror.isBusy || this.#hub.pageCount > 0 || this.#browserRoute.isBusy,
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
    this.#browserRoute = new BrowserRoute({ browser, clock, host: this.#host, retry: (job) => ask('job.retry', { job }) });
    this.notifications = new Notifications({
      browser,
      preferences: new Preferences(storage.local),
      clock,
      isPopupOpen: () => this.#hub.hasPopup,
      reveal: (job) => ask('folder.reveal', { job }),
      words: this.#words,
    });
    this.#journal = new Journal({
      memory: this.#memory,
      clock,
      tell: (line) => this.#hub.tell({ type: 'log', line }),
      hasReader: () => this.#hub.hasReader,
      onTrouble: () => this.#showFace(),
      notifications: this.notifications,
      t,
    });
    this.#jobNews = new JobNews({
      mirror: this.#mirror,
      tell: (delta) => this.#hub.tell(delta),
      hasReader: () => this.#hub.hasReader,
      clock,
    });
    this.#openThreads = new OpenThreads({ tabs: browser.tabs, permissions: browser.permissions, patterns, ask });
    this.gestures = new Gestures({
      patterns,
      start: (url, options) => ask('job.start', { urls: [url], options }),
      onFailure: (error) => this.#journal.alarm(error === null ? t('menu_nothing') : errorText(HostError.from(error), t)),
    });
  }

  /** The browser has started the background. Jobs that were running when it was last stopped are taken up again. */
  async wake() {
    const { host_heard, jobs_active, trouble } = await this.#memory.recall();
    this.#journal.recall(trouble);
    if (!host_heard || !jobs_active) return;
    await this.#ready();
    if (this.#host.status.phase === 'failed') await this.#journal.alarm(t('trouble_host'));
    this.#jobsChanged();
  }

  /** The extension is new, or the browser has started: show the menu, and learn the sites if the host is there. */
  async introduce() {
    await this.#places.show();
    await this.#ready();
  }

  /** @param {chrome.runtime.Port} port */
  connect(port) {
    if (port.name === COURIER_PORT) return this.#browserRoute.connect(port);
    return port.name === THREAD_PORT ? this.#marks.connect(port) : this.#hub.connect(port);
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
    await this.#places.learn(hello.sites);
    for (let page = 1, cursor = hello.cursor; cursor !== null && page < MOST_JOB_PAGES; page += 1) {
      const more = await this.#host.request('jobs.list', { cursor, parent: null });
      this.#mirror.put(more.jobs);
      cursor = more.cursor;
    }
    this.#jobsChanged();
    this.#hub.tell(this.#snapshot());
    void this.#browserRoute.begin();
  }

  /** @returns {import('../shared/types.js').Snapshot} */
  #snapshot() {
    return {
      type: 'snapshot',
      host: this.#host.status,
      ...this.#mirror.shown,
      log: this.#journal.lines,
      trouble: this.#journal.trouble,
    };
  }

  /** @param {import('../shared/types.js').HostEvent} event */
  #take(event) {
    if (this.#browserRoute.take(event)) return;
    if (event.type === 'log') {
      this.#journal.note(event.level, event.text, event.job, event.dropped);
      return;
    }
    this.#marks.take(event);
    if (!this.#jobNews.take(event)) return;
    if (event.type === 'job.finished') this.#journal.ended(event.job);
    this.#jobsChanged();
  }

  /** @param {HostStatus} status */
  #hostIs(status) {
    this.#hub.tell({ type: 'host.status', host: status });
    const { phase } = status;
    if (phase === 'open') void this.#ready();
    else this.#browserRoute.stop();
    if (phase === 'waiting') this.#journal.note('warning', t('log_host_stopped'));
    if (phase === 'open' && this.#hasStopped) this.#journal.note('info', t('host_back'));
    this.#hasStopped = phase === 'waiting' || (phase === 'opening' && this.#hasStopped);
    if (phase === 'failed' && this.#mirror.isBusy) void this.#journal.alarm(t('trouble_host'));
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
    if (type === TABS_THREADS) return this.#openThreads.list();
    if (type === START_ALL) return this.#openThreads.start(fields);
    if (type === FETCH_WANTED) return this.#browserRoute.want(fields);
    if (!PAGE_REQUESTS.has(type)) throw new HostError('request.unknown', `No page may ask for ${type}.`);
    const result = await this.#host.request(/** @type {import('../shared/protocol.js').RequestType} */ (type), fields);
    this.#learn(type, result);
    if (isObject(fields.values) && fields.values.boards) await this.#learnSites();
    return result;
  }

  /**
   * What a result tells about jobs and settings concerns every page, not only the one that asked.
   * @param {string} type
   * @param {{jobs?: Job[], settings?: import('../shared/types.js').Settings}} result
   */
  #learn(type, { jobs = [], settings }) {
    if (type === 'jobs.list') return; // no news, and the page that asked has it
    if (type === 'job.remove') {
      this.#jobNews.remove(jobs.map((job) => job.id));
    } else {
      this.#jobNews.put(jobs);
    }
    if (settings) {
      this.#mirror.settings = settings;
      this.#hub.tell({ type: 'settings.changed', settings });
    }
    this.#jobsChanged();
  }

  /** The person may have changed the boards. */
  async #learnSites() {
    const { sites } = await this.#host.request('settings.get');
    this.#mirror.sites = sites;
    if (await this.#places.learn(sites)) this.#hub.tell(this.#snapshot());
  }

  #jobsChanged() {
    if (this.#memory.jobs_active !== this.#mirror.isBusy) void this.#memory.keep({ jobs_active: this.#mirror.isBusy });
    this.#host.settle();
    this.#showFace();
  }

  #pagesChanged() {
    this.#host.settle();
    if (this.#hub.hasReader) this.#journal.clear();
  }

  #showFace() {
    void this.#badge.show(face(this.#mirror.jobs, this.#journal.trouble, this.#words));
  }
}
