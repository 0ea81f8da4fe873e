/**
 * The sites the host knows, kept between browser starts so that the context menu is right before the host is asked.
 */

/** @typedef {import('../shared/types.js').Site} Site */

export class Sites {
  #area;

  /** @param {chrome.storage.StorageArea} area storage.local */
  constructor(area) {
    this.#area = area;
  }

  /** All match patterns; empty while the host has not been heard. */
  async patterns() {
    const { sites } = /** @type {{sites: Site[]}} */ (await this.#area.get({ sites: [] }));
    return sites.flatMap((site) => site.patterns);
  }

  /**
   * Keep what the host told now.
   * @param {readonly Site[]} sites
   * @returns {Promise<boolean>} whether the patterns are others than before
   */
  async keep(sites) {
    const before = await this.patterns();
    await this.#area.set({ sites: sites.map(({ name, software, patterns }) => ({ name, software, patterns })) });
    return JSON.stringify(before) !== JSON.stringify(sites.flatMap((site) => site.patterns));
  }
}
