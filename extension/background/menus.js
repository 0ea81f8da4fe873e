/**
 * The context menu: save or watch this page's thread or the thread a link leads to, save one picture. Shown on the sites the
 * host knows; on every web page as long as they are unknown, and then the host decides.
 */

import { ANY_WEB_PAGE, menuPatterns, pictureUrl } from '../shared/urls.js';

/** @typedef {{url: string, options: {priority?: import('../shared/types.js').Priority, watch?: true}}} Wish */

export class Menus {
  #api;
  #t;
  /** @type {Promise<void>} */
  #last = Promise.resolve();

  /**
   * @param {typeof chrome.contextMenus} api
   * @param {import('../shared/i18n.js').Translate} t
   */
  constructor(api, t) {
    this.#api = api;
    this.#t = t;
  }

  /**
   * Show the menu for these match patterns, in place of any earlier one.
   * @param {readonly string[]} patterns empty while the sites are unknown
   */
  show(patterns) {
    // One after the other: two rounds at once would create an item twice
    this.#last = this.#last.then(async () => {
      await this.#api.removeAll();
      for (const item of menuItems(patterns, this.#t)) this.#api.create(item);
    });
    return this.#last;
  }
}

/**
 * @param {readonly string[]} patterns
 * @param {import('../shared/i18n.js').Translate} t
 * @returns {chrome.contextMenus.CreateProperties[]}
 */
export function menuItems(patterns, t) {
  const known = menuPatterns(patterns);
  const where = known.length ? known : ANY_WEB_PAGE;
  return [
    { id: 'page', title: t('menu_page'), contexts: ['page'], documentUrlPatterns: where },
    { id: 'watch', title: t('menu_watch'), contexts: ['page'], documentUrlPatterns: where },
    { id: 'link', title: t('menu_link'), contexts: ['link'], targetUrlPatterns: where },
    { id: 'watch-link', title: t('menu_watch_link'), contexts: ['link'], targetUrlPatterns: where },
    { id: 'picture', title: t('menu_picture'), contexts: ['image'], targetUrlPatterns: where },
  ];
}

/**
 * What a click in the menu asks for; null when there is no address to save.
 * @param {chrome.contextMenus.OnClickData} info
 * @param {{url?: string|undefined}|undefined} tab
 * @param {readonly string[]} patterns
 * @returns {Wish|null}
 */
export function menuWish(info, tab, patterns) {
  if (info.menuItemId === 'picture') {
    const url = pictureUrl(info.linkUrl, info.srcUrl, patterns);
    return url ? { url, options: { priority: 'critical' } } : null;
  }
  const { menuItemId, linkUrl, pageUrl } = info;
  const isLink = menuItemId === 'link' || menuItemId === 'watch-link';
  const url = isLink ? linkUrl : (pageUrl ?? tab?.url);
  // What else goes without being asked is the host's to say: a board goes after threads, watching after everything
  const options = menuItemId === 'watch' || menuItemId === 'watch-link' ? { watch: /** @type {const} */ (true) } : {};
  return url ? { url, options } : null;
}
