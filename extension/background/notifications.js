/**
 * Notifications of downloads that have ended and of trouble, if a person wants them: what ends within a few seconds is one
 * notification, and there is none while the popup shows it all. A click opens the folder of what is complete, else the popup.
 */

import { errorText } from '../shared/error-text.js';

/** @typedef {import('../shared/types.js').Job} Job */

/** It is waited for more this long after each end, and no longer than that after the first. */
export const QUIET_MS = 3_000;
export const MOST_WAIT_MS = 15_000;
/** Titles that are named. */
const MOST_TITLES = 3;

const ICON = 'icons/icon-128.png';
const FOLDER = 'folder:';
const POPUP = 'popup:';

/** @typedef {import('../shared/types.js').Words} Words */
/** @typedef {{title: string, message: string, folder: string|null}} Note `folder` is the job whose folder a click opens */

/**
 * @typedef {object} NotificationsParts
 * @property {typeof chrome} browser
 * @property {import('../shared/preferences.js').Preferences} preferences
 * @property {import('../shared/clock.js').Clock} clock
 * @property {() => boolean} isPopupOpen
 * @property {(job: string) => Promise<unknown>} reveal open the folder of a job
 * @property {Words} words
 */

export class Notifications {
  #parts;
  /** @type {Job[]} */
  #ended = [];
  #firstAt = 0;
  /** @type {unknown} */
  #timer = null;

  /** @param {NotificationsParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** A job has ended. @param {Job} job */
  ended(job) {
    const { clock } = this.#parts;
    if (job.state === 'cancelled') return; // that was the person
    if (!this.#ended.length) this.#firstAt = clock.now();
    this.#ended = [...this.#ended.filter(({ id }) => id !== job.id), job];
    clock.cancel(this.#timer);
    const wait_ms = Math.min(QUIET_MS, this.#firstAt + MOST_WAIT_MS - clock.now());
    this.#timer = clock.after(() => void this.#tellEnded(), Math.max(0, wait_ms));
  }

  /** Something went wrong that is no job's end. @param {string} text */
  async trouble(text) {
    const { words } = this.#parts;
    if ((await this.#wanted()) !== 'none') this.#show({ title: words.t('extension_name'), message: text, folder: null });
  }

  /** A notification was clicked. @param {string} id */
  async clicked(id) {
    const { browser, reveal } = this.#parts;
    void browser.notifications.clear(id);
    if (!id.startsWith(FOLDER)) return this.#openPopup();
    try {
      await reveal(id.slice(FOLDER.length));
    } catch {
      await this.#openPopup(); // it says why
    }
  }

  async #tellEnded() {
    const wanted = await this.#wanted();
    const jobs = this.#ended.filter((job) => wanted === 'all' || (wanted === 'trouble' && job.state !== 'completed'));
    this.#ended = [];
    if (jobs.length) this.#show(noteOf(jobs, this.#parts.words));
  }

  /** What a person wants to be told now. */
  async #wanted() {
    const { preferences, browser, isPopupOpen } = this.#parts;
    if (isPopupOpen()) return 'none';
    const { notifications } = await preferences.get();
    const isAllowed = notifications !== 'none' && (await browser.permissions.contains({ permissions: ['notifications'] }));
    return isAllowed ? notifications : 'none';
  }

  /** @param {Note} note */
  #show({ title, message, folder }) {
    const { browser, clock } = this.#parts;
    const id = folder === null ? POPUP + clock.now() : FOLDER + folder;
    void browser.notifications.create(id, { type: 'basic', iconUrl: browser.runtime.getURL(ICON), title, message });
  }

  async #openPopup() {
    const { browser } = this.#parts;
    try {
      await browser.action.openPopup();
    } catch {
      // Not every browser opens it without a click on the button: then in a window of its own
      const url = browser.runtime.getURL('popup/popup.html');
      await browser.windows.create({ url, type: 'popup', width: 420, height: 600 });
    }
  }
}

/**
 * What is said of jobs that have ended.
 * @param {readonly Job[]} jobs one at least
 * @param {Words} words
 * @returns {Note}
 */
export function noteOf(jobs, words) {
  const { tn } = words;
  const [only] = jobs;
  if (only && jobs.length === 1) return noteOfOne(only, words);
  const incomplete = jobs.filter((job) => job.state !== 'completed').length;
  const titles = jobs.slice(0, MOST_TITLES).map(titleOf);
  const more = jobs.length > MOST_TITLES ? [tn('preview_more', jobs.length - MOST_TITLES)] : [];
  const named = [...titles, ...more].join('\n');
  return {
    title: tn('notify_ended', jobs.length),
    message: incomplete ? `${tn('notify_incomplete_jobs', incomplete)}\n${named}` : named,
    folder: null,
  };
}

/**
 * @param {Job} job
 * @param {Words} words
 * @returns {Note}
 */
function noteOfOne(job, { t, tn, format }) {
  const title = titleOf(job);
  const { files } = job;
  if (job.state === 'completed') {
    const what = job.threads ? tn('notify_threads', job.threads.total) : tn('files', files.total);
    const message = job.bytes.total > 0 ? t('notify_amount', what, format.bytes(job.bytes.total)) : what;
    return { title: t('notify_done', title), message, folder: job.directory ? job.id : null };
  }
  if (job.state === 'failed') {
    return { title: t('notify_failed', title), message: job.error ? errorText(job.error, t) : t('trouble_failed', title), folder: null };
  }
  const reasons = [
    ...(files.blocked ? [tn('reason_blocked', files.blocked)] : []),
    ...(files.failed ? [tn('reason_failed', files.failed)] : []),
  ];
  const message = reasons.length ? reasons.reduce((one, other) => t('sentences', one, other)) : t('trouble_incomplete', title);
  return { title: t('notify_incomplete', title), message, folder: null };
}

/** @param {Job} job */
const titleOf = (job) => job.title || job.url;
