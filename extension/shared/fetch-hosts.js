/**
 * The hosts from which the person lets the browser fetch what they refuse to programs: those chosen for that, as long as the
 * browser has them permitted. A host that is permitted for something else is none of them.
 */

import { matchesAny, parseUrl } from './urls.js';

/** More than anybody gives one by one; the contract's limit. */
const MOST_HOSTS = 200;

/**
 * The match pattern of an address's host, for both schemes and every port: the least a browser can be asked for.
 * @param {string} url
 * @returns {string|null}
 */
export function hostPattern(url) {
  const hostname = parseUrl(url)?.hostname;
  return hostname ? `*://${hostname}/*` : null;
}

/** @param {string} pattern made by `hostPattern` */
export const hostOf = (pattern) => pattern.slice('*://'.length, -'/*'.length);

export class FetchHosts {
  #permissions;
  #area;

  /**
   * @param {Pick<typeof chrome.permissions, 'getAll'|'remove'>} permissions
   * @param {Pick<chrome.storage.StorageArea, 'get'|'set'>} area storage.local
   */
  constructor(permissions, area) {
    this.#permissions = permissions;
    this.#area = area;
  }

  /** Match patterns. */
  async allowed() {
    return this.#permitted(await this.#chosen());
  }

  /**
   * The person has chosen these too. Those the browser does not permit are passed over.
   * @param {readonly string[]} patterns
   */
  async choose(patterns) {
    const more = await this.#permitted(patterns);
    await this.#keep([...(await this.#chosen()), ...more]);
    return more;
  }

  /**
   * The person has chosen these no longer, and the browser is to permit them no more.
   * @param {readonly string[]} patterns
   */
  async revoke(patterns) {
    await this.forget(patterns);
    await this.#permissions.remove({ origins: [...patterns] });
  }

  /**
   * These are not chosen any more.
   * @param {readonly string[]} patterns
   */
  async forget(patterns) {
    await this.#keep((await this.#chosen()).filter((pattern) => !patterns.includes(pattern)));
  }

  /** @param {readonly string[]} patterns */
  async #permitted(patterns) {
    const { origins = [] } = await this.#permissions.getAll();
    const given = origins.map((origin) => (origin === '<all_urls>' ? '*://*/*' : origin));
    return patterns.filter((pattern) => matchesAny(`https://${hostOf(pattern)}/`, given));
  }

  /** @returns {Promise<string[]>} */
  async #chosen() {
    const { fetch_hosts } = await this.#area.get({ fetch_hosts: [] });
    return /** @type {string[]} */ (fetch_hosts);
  }

  /** @param {readonly string[]} patterns */
  async #keep(patterns) {
    await this.#area.set({ fetch_hosts: [...new Set(patterns)].slice(-MOST_HOSTS) });
  }
}
