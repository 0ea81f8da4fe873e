/**
 * The background's side of threads' pages (see content/thread.js): which files of the page are there, live, and the download
 * of those that were chosen on it. A page is believed only its own address, and that is the browser's word.
 */

import { isObject } from '../shared/checks.js';
import { errorText } from '../shared/error-text.js';
import { HostError, THREAD_PORT } from '../shared/protocol.js';
import { isWebUrl, menuPatterns, parseUrl } from '../shared/urls.js';

/** @typedef {import('../shared/types.js').PageFile} PageFile */

/** Files that one `job.start` may name. */
const MOST_FILES = 500;
/** Pages of files that are asked for; a thread with more is not marked to its end. */
const MOST_PAGES = 20;

/** What changes is told so often at most: a page is woken and painted anew each time. */
const TELL_MS = 500;

/** What a page shows of a file's state. @type {Record<string, 'have'|'coming'>} */
const SHOWN = { saved: 'have', differs: 'have', have: 'have', duplicate: 'have', queued: 'coming', active: 'coming' };

/**
 * @typedef {object} PageMarksParts
 * @property {string} extensionId
 * @property {(type: string, fields: Record<string, unknown>) => Promise<any>} ask the host, as a page of ours would
 * @property {Pick<typeof chrome.tabs, 'query'|'sendMessage'>} tabs
 * @property {() => Promise<boolean>} isOn whether pages have the script
 * @property {import('../shared/clock.js').Clock} clock
 * @property {import('../shared/i18n.js').Translate} t
 */

/**
 * @typedef {object} ShownPage
 * @property {string} url
 * @property {Map<string, string>} ids of its files, by their addresses
 * @property {Map<string, string>} untold the states that it has not heard of yet, by id
 */

export class PageMarks {
  #parts;
  /** @type {Map<chrome.runtime.Port, ShownPage>} */
  #pages = new Map();
  #isTelling = false;
  /** Jobs whose pages were woken. @type {Set<string>} */
  #woken = new Set();

  /** @param {PageMarksParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Take in a page; anything that is not our script in a tab's page is turned away.
   * @param {chrome.runtime.Port} port
   */
  connect(port) {
    const { sender } = port;
    if (port.name !== THREAD_PORT || sender?.id !== this.#parts.extensionId || !sender.tab || sender.frameId !== 0 || !isWebUrl(sender.url)) {
      port.disconnect();
      return;
    }
    this.#pages.set(port, { url: sender.url, ids: new Map(), untold: new Map() });
    port.onDisconnect.addListener(() => this.#pages.delete(port));
    port.onMessage.addListener((message) => void this.#obey(port, message));
  }

  /**
   * Something happened at the host: pages that show these files are told, and those of a job that begins are woken.
   * @param {import('../shared/types.js').HostEvent} event
   */
  take(event) {
    if (event.type === 'files.changed') this.#filesChanged(event.files);
    if (event.type === 'job.finished') this.#woken.delete(event.job.id);
    if (event.type === 'job.update' && event.job.kind === 'thread' && event.job.state === 'running') void this.#wake(event.job);
  }

  /** @param {readonly import('../shared/types.js').JobFile[]} changed */
  #filesChanged(changed) {
    for (const { ids, untold } of this.#pages.values()) {
      for (const { url, state } of changed) {
        const id = ids.get(url);
        if (id !== undefined) untold.set(id, SHOWN[state] ?? 'missing');
      }
    }
    if (this.#isTelling || ![...this.#pages.values()].some(({ untold }) => untold.size)) return;
    this.#isTelling = true;
    this.#parts.clock.after(() => this.#tellStates(), TELL_MS);
  }

  #tellStates() {
    this.#isTelling = false;
    for (const [port, page] of this.#pages) {
      const files = [...page.untold].map(([id, state]) => ({ id, state }));
      page.untold.clear();
      if (files.length) port.postMessage({ type: 'states', files });
    }
  }

  /**
   * The scripts on the job's page ask anew: they may have fallen asleep with the background.
   * @param {import('../shared/types.js').Job} job
   */
  async #wake({ id, url }) {
    if (this.#woken.has(id)) return;
    this.#woken.add(id);
    const { tabs, isOn } = this.#parts;
    if (!(await isOn())) return;
    const shown = await tabs.query({ url: menuPatterns([url, `${url}/*`]) });
    // A tab that was opened before it was turned on has no script
    await Promise.allSettled(shown.map((tab) => tabs.sendMessage(tab.id ?? -1, { type: 'wake' })));
  }

  /**
   * @param {chrome.runtime.Port} port
   * @param {unknown} message
   */
  async #obey(port, message) {
    if (!isObject(message)) return;
    try {
      if (message.type === 'files') await this.#tellFiles(port);
      if (message.type === 'download' && Array.isArray(message.ids)) await this.#download(port, message.ids);
    } catch (error) {
      this.#say(port, { type: 'note', text: errorText(HostError.from(error), this.#parts.t) });
      await this.#tellFiles(port); // what the page took for granted may not be so
    }
  }

  /** @param {chrome.runtime.Port} port */
  async #tellFiles(port) {
    const page = this.#pages.get(port);
    if (!page) return;
    if (!(await this.#parts.isOn())) {
      // Turned off while the page was put aside by the browser, and could not be told
      this.#say(port, { type: 'end' });
      return;
    }
    let files;
    try {
      files = await this.#read(page.url);
    } catch (error) {
      // No thread, no host, a thread that is gone: there is nothing to show, and nobody asked
      this.#say(port, { type: 'nothing', code: HostError.from(error).code });
      return;
    }
    page.ids = new Map(files.map(({ id, url }) => [url, id]));
    const shown = files.flatMap(({ id, url, state }) => {
      const address = parseUrl(url);
      return address ? [{ id, path: address.pathname + address.search, state }] : [];
    });
    this.#say(port, { type: 'files', files: shown });
  }

  /**
   * @param {string} url
   * @returns {Promise<PageFile[]>}
   */
  async #read(url) {
    /** @type {PageFile[]} */
    const files = [];
    /** @type {string|null} */
    let cursor = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await this.#parts.ask('page.files', cursor === null ? { url } : { url, cursor });
      files.push(...answer.files);
      cursor = answer.cursor;
      if (cursor === null) break;
    }
    return files;
  }

  /**
   * @param {chrome.runtime.Port} port
   * @param {unknown[]} wanted
   */
  async #download(port, wanted) {
    const page = this.#pages.get(port);
    if (!page) return;
    if (!page.ids.size) await this.#tellFiles(port); // the background was asleep
    const known = new Set(page.ids.values());
    const ids = [...new Set(wanted)].filter((id) => typeof id === 'string' && known.has(id));
    for (let at = 0; at < ids.length; at += MOST_FILES) {
      await this.#parts.ask('job.start', { urls: [page.url], options: { files: ids.slice(at, at + MOST_FILES), priority: 'high' } });
    }
  }

  /**
   * @param {chrome.runtime.Port} port
   * @param {object} message
   */
  #say(port, message) {
    if (this.#pages.has(port)) port.postMessage(message);
  }
}
