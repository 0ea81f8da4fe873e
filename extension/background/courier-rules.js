/**
 * Session rules that make the background's request for one file what the page's own would be. `fetch` cannot set these
 * headers; left to itself Chromium says Sec-Fetch-Site: none, as for an address that was typed, Firefox same-origin, and
 * neither a Referer. A rule is about one address, requests of this extension, and the time of one file.
 */

import { parseUrl } from '../shared/urls.js';

const VIDEO = /\.(?:webm|mp4|mov|m4v|mkv|avi|mp3|ogg|opus|flac)$/i;

/** @typedef {{url: string, referer: string, isFile: boolean}} Trip */

export class CourierRules {
  #api;
  #self;
  #lastId = 0;
  /** What an earlier life of the background left, taken away. @type {Promise<unknown>|null} */
  #swept = null;

  /**
   * @param {typeof chrome.declarativeNetRequest} api
   * @param {string} self the host of the extension's own addresses
   */
  constructor(api, self) {
    this.#api = api;
    this.#self = self;
  }

  /**
   * The rule for a file, in force. Returns what takes it away.
   * @param {Trip} trip
   */
  async hold(trip) {
    this.#swept ??= this.#sweep();
    await this.#swept;
    const made = rule(++this.#lastId, trip, this.#self);
    if (!made) return async () => {};
    const { id } = made;
    await this.#api.updateSessionRules({ addRules: [made] });
    return () => this.#api.updateSessionRules({ removeRuleIds: [id] });
  }

  async #sweep() {
    const left = await this.#api.getSessionRules();
    await this.#api.updateSessionRules({ removeRuleIds: left.map(({ id }) => id) });
  }
}

/**
 * Null where the request needs no header that `fetch` does not set: browsers refuse a rule without any.
 * @param {number} id
 * @param {Trip} trip
 * @param {string} self
 * @returns {chrome.declarativeNetRequest.Rule|null}
 */
export function rule(id, { url, referer, isFile }, self) {
  const target = new URL(url);
  const page = parseUrl(referer);
  const headers = Object.entries({
    ...(page && { Referer: refererOf(page, target), 'Sec-Fetch-Site': relation(page, target) }),
    ...(isFile && { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': VIDEO.test(target.pathname) ? 'video' : 'image' }),
  });
  if (!headers.length) return null;
  return {
    id,
    condition: {
      // Anchored: of this address and none that only contains it. Its own wildcards match themselves
      urlFilter: `|${target.href}`,
      initiatorDomains: [self],
      resourceTypes: ['xmlhttprequest'],
    },
    action: {
      type: 'modifyHeaders',
      requestHeaders: headers.map(([header, value]) => ({ header, operation: 'set', value: String(value) })),
    },
  };
}

/**
 * What a browser tells of a page that says nothing about it: the whole address to the page's own host, to others only the
 * origin (Referrer Policy, strict-origin-when-cross-origin).
 * @param {URL} page
 * @param {URL} target
 */
const refererOf = ({ origin, pathname, search }, target) => (target.origin === origin ? `${origin}${pathname}${search}` : `${origin}/`);

/**
 * What a browser tells in Sec-Fetch-Site (W3C Fetch Metadata). Registrable domains are not known here: hosts with one
 * parent are taken for one site.
 * @param {URL} page
 * @param {URL} target
 */
function relation(page, target) {
  if (target.origin === page.origin) return 'same-origin';
  const parent = (/** @type {URL} */ { hostname }) => hostname.split('.').slice(-2).join('.');
  return target.protocol === page.protocol && parent(target) === parent(page) ? 'same-site' : 'cross-site';
}
