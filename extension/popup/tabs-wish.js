/**
 * That a person wants the threads that are open in tabs, kept from the browser's question until somebody goes on with it: the
 * question may close the page that asked.
 */

export class TabsWish {
  #area;

  /** @param {Pick<chrome.storage.StorageArea, 'get'|'set'>} area storage.session */
  constructor(area) {
    this.#area = area;
  }

  /** The question is about to be asked. */
  async make() {
    await this.#area.set({ tabs_wanted: true });
  }

  /** Whether there is one, which is nobody else's to go on with from now on. */
  async take() {
    const { tabs_wanted } = await this.#area.get({ tabs_wanted: false });
    if (tabs_wanted === true) await this.#area.set({ tabs_wanted: false });
    return tabs_wanted === true;
  }
}
