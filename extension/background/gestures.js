/** What a person asks for without the popup, by the context menu or by a key: turned into an order for the host. */

import { menuWish } from './menus.js';

/** @typedef {import('./menus.js').Wish} Wish */

/**
 * @typedef {object} GesturesParts
 * @property {() => Promise<string[]>} patterns of the known sites
 * @property {(url: string, options: Wish['options']) => Promise<unknown>} start
 * @property {(error: unknown) => Promise<void>} onFailure `null`: there was no address
 */

export class Gestures {
  #parts;

  /** @param {GesturesParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * An entry of the context menu was chosen.
   * @param {chrome.contextMenus.OnClickData} info
   * @param {chrome.tabs.Tab} [tab]
   */
  async menuClicked(info, tab) {
    await this.#obey(menuWish(info, tab, await this.#parts.patterns()));
  }

  /**
   * A key of ours was pressed, which also lets us see the address of the tab.
   * @param {string} command
   * @param {chrome.tabs.Tab} [tab]
   */
  async commandPressed(command, tab) {
    await this.#obey(commandWish(command, tab));
  }

  /** @param {Wish|null} wish */
  async #obey(wish) {
    const { start, onFailure } = this.#parts;
    try {
      if (wish) await start(wish.url, wish.options);
      else await onFailure(null);
    } catch (error) {
      await onFailure(error);
    }
  }
}

/**
 * What a key asks for; null when there is no address to save.
 * @param {string} command
 * @param {{url?: string|undefined}|undefined} tab
 * @returns {Wish|null}
 */
export function commandWish(command, tab) {
  if (!tab?.url) return null;
  return { url: tab.url, options: command === 'watch_thread' ? { watch: true } : {} };
}
