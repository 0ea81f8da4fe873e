/** The hosts from which the browser may fetch what they refuse to programs, each with a button that takes it back. */

import { hostOf } from '../shared/fetch-hosts.js';

export class FetchHostList {
  #hosts;
  #list;
  #empty;
  #t;

  /**
   * @param {import('../shared/fetch-hosts.js').FetchHosts} hosts
   * @param {{list: HTMLElement, empty: HTMLElement}} places
   * @param {import('../shared/i18n.js').Translate} t
   */
  constructor(hosts, { list, empty }, t) {
    this.#hosts = hosts;
    this.#list = list;
    this.#empty = empty;
    this.#t = t;
  }

  async show() {
    const patterns = await this.#hosts.allowed();
    this.#list.replaceChildren(...patterns.map((pattern) => this.#row(pattern)));
    this.#list.hidden = patterns.length === 0;
    this.#empty.hidden = patterns.length > 0;
  }

  /** @param {string} pattern */
  #row(pattern) {
    const name = document.createElement('span');
    name.textContent = hostOf(pattern);
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button';
    button.dataset.test = 'fetch-revoke';
    button.textContent = this.#t('options_fetch_revoke');
    button.setAttribute('aria-label', this.#t('action_of', this.#t('options_fetch_revoke'), hostOf(pattern)));
    button.addEventListener('click', async () => {
      button.disabled = true;
      await this.#hosts.revoke([pattern]);
      await this.show();
    });
    const row = document.createElement('li');
    row.append(name, button);
    return row;
  }
}
