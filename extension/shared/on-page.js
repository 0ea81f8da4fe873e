/**
 * Whether the pages of threads show what is there: off until a person turns it on, and then only on the sites the host names.
 * The browser is asked for these sites at that moment, and keeps the script for them until it is turned off.
 */

import { menuPatterns } from './urls.js';

const SCRIPT_ID = 'thread-page';
/** From the root: Firefox takes other paths as relative to the page that asks. */
const FILES = ['thumbnails', 'choice', 'areas', 'mark-group', 'layer', 'panel', 'pointing', 'thread', 'begin'].map((name) => `/content/${name}.js`);

export class OnPage {
  #scripting;
  #permissions;
  #tabs;
  #area;
  /** @type {Promise<void>} */
  #last = Promise.resolve();

  /**
   * @param {Pick<typeof chrome, 'scripting'|'permissions'|'tabs'>} api
   * @param {chrome.storage.StorageArea} area storage.local
   */
  constructor({ scripting, permissions, tabs }, area) {
    this.#scripting = scripting;
    this.#permissions = permissions;
    this.#tabs = tabs;
    this.#area = area;
  }

  /** The browser allows other things now, which a person can change there at any time. @param {() => unknown} listener */
  listen(listener) {
    for (const event of [this.#permissions.onAdded, this.#permissions.onRemoved]) event.addListener(() => void listener());
  }

  /** Whether a person wants it, and the browser still allows it. @param {readonly string[]} patterns */
  async isOn(patterns) {
    const { on_page } = await this.#area.get({ on_page: false });
    const origins = menuPatterns(patterns);
    return on_page === true && origins.length > 0 && (await this.#permissions.contains({ origins }));
  }

  /**
   * A person turns it on. To be called at once in the event of that: else the browser does not ask.
   * @param {readonly string[]} patterns
   * @returns {Promise<boolean>} whether the person allowed it
   */
  async turnOn(patterns) {
    const isAllowed = await this.#permissions.request({ origins: menuPatterns(patterns) });
    if (!isAllowed) return false;
    await this.#area.set({ on_page: true });
    await this.keep(patterns);
    return true;
  }

  async turnOff() {
    await this.#area.set({ on_page: false });
    await this.keep([]);
  }

  /**
   * The browser has the script for these sites if it is on, and for none else.
   * @param {readonly string[]} patterns
   */
  keep(patterns) {
    // One after the other: two at once would register it twice
    const before = this.#last.catch(() => undefined);
    this.#last = before.then(async () => {
      const isOn = await this.isOn(patterns);
      const [registered] = await this.#scripting.getRegisteredContentScripts({ ids: [SCRIPT_ID] });
      const matches = menuPatterns(patterns);
      if (!isOn) {
        if (!registered) return;
        await this.#scripting.unregisterContentScripts({ ids: [SCRIPT_ID] });
        await this.#endOpenPages();
        return;
      }
      /** @type {chrome.scripting.RegisteredContentScript} */
      const script = { id: SCRIPT_ID, matches, js: FILES, runAt: 'document_idle', allFrames: false };
      if (registered) await this.#scripting.updateContentScripts([script]);
      // Another page of ours may have been quicker: then there is one of that name
      else await this.#scripting.registerContentScripts([script]).catch(() => this.#scripting.updateContentScripts([script]));
    });
    return this.#last;
  }

  /** The pages that have the script already take their marks away: the browser leaves it to run there. */
  async #endOpenPages() {
    // Which tabs have it cannot be asked, least of all once the sites are closed to us. The others do not hear it
    const tabs = await this.#tabs.query({});
    await Promise.allSettled(tabs.map(({ id }) => this.#tabs.sendMessage(id ?? -1, { type: 'end' })));
  }
}
