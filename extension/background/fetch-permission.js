/**
 * What the person lets the browser fetch, for questions that cannot wait; and what the person is being asked just now,
 * which may outlast the page that asks, and the background.
 */

import { isObject } from '../shared/checks.js';
import { FetchHosts, hostOf } from '../shared/fetch-hosts.js';
import { matchesAny } from '../shared/urls.js';

/** @typedef {{jobs: string[], hosts: string[]}} Question for the sake of which jobs, about which hosts (match patterns) */

const PATTERN = /^\*:\/\/[^/*]+\/\*$/;
const MOST_JOBS = 100;

export class FetchPermission {
  #hosts;
  #session;
  /** @type {string[]} */
  #patterns = [];
  /** @type {Promise<void>|null} */
  #known = null;

  /**
   * @param {typeof chrome.permissions} permissions
   * @param {{local: chrome.storage.StorageArea, session: chrome.storage.StorageArea}} storage
   */
  constructor(permissions, { local, session }) {
    this.#hosts = new FetchHosts(permissions, local);
    this.#session = session;
  }

  /** From where it may fetch: match patterns. */
  get patterns() {
    return this.#patterns;
  }

  /** @param {string} url */
  covers(url) {
    return matchesAny(url, this.#patterns);
  }

  /** Once the browser has said what is permitted. */
  known() {
    this.#known ??= this.refresh();
    return this.#known;
  }

  /** Look again: something was given or taken back. */
  async refresh() {
    this.#patterns = await this.#hosts.allowed();
  }

  /**
   * A page is about to ask the person.
   * @param {unknown} question
   */
  async ask(question) {
    if (!isObject(question) || !Array.isArray(question.jobs) || !Array.isArray(question.hosts)) return;
    const before = await this.question();
    const jobs = [...before.jobs, ...question.jobs.filter((job) => typeof job === 'string')];
    const hosts = [...before.hosts, ...question.hosts.filter((host) => PATTERN.test(host))];
    await this.#keep({ jobs: [...new Set(jobs)].slice(-MOST_JOBS), hosts: [...new Set(hosts)] });
  }

  /**
   * The person may have said yes. Returns the jobs that this is good for.
   * @returns {Promise<string[]>}
   */
  async answered() {
    const { jobs, hosts } = await this.question();
    const given = await this.#hosts.choose(hosts);
    await this.refresh();
    if (given.length === 0) return [];
    await this.#keep({ jobs, hosts: hosts.filter((host) => !given.includes(host)) });
    return jobs;
  }

  /**
   * The browser has taken these back, whoever wanted that: they are not chosen any more.
   * @param {readonly string[]} origins
   */
  async lost(origins) {
    const gone = this.#patterns.filter((pattern) => matchesAny(`https://${hostOf(pattern)}/`, origins));
    this.#patterns = this.#patterns.filter((pattern) => !gone.includes(pattern));
    if (gone.length > 0) await this.#hosts.forget(gone);
    await this.refresh();
  }

  /** A job needs no more to be thought of. @param {string} job */
  async settled(job) {
    const { jobs, hosts } = await this.question();
    await this.#keep({ jobs: jobs.filter((each) => each !== job), hosts });
  }

  /** @returns {Promise<Question>} */
  async question() {
    const { fetch_question } = await this.#session.get({ fetch_question: { jobs: [], hosts: [] } });
    return /** @type {Question} */ (fetch_question);
  }

  /** @param {Question} question */
  async #keep(question) {
    await this.#session.set({ fetch_question: question });
  }
}
