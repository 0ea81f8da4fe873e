/**
 * What is put where the known sites are: the context menu, and the marks on threads' pages if a person has turned them on. It
 * follows what the host says of the sites, and what the browser allows there.
 */

import { OnPage } from '../shared/on-page.js';
import { Menus } from './menus.js';
import { Sites } from './sites.js';

export class SitePlaces {
  #sites;
  #menus;
  #onPage;

  /**
   * @param {Pick<typeof chrome, 'contextMenus'|'permissions'|'scripting'|'storage'|'tabs'>} browser
   * @param {import('../shared/i18n.js').Translate} t
   */
  constructor({ contextMenus, permissions, scripting, storage, tabs }, t) {
    this.#sites = new Sites(storage.local);
    this.#menus = new Menus(contextMenus, t);
    this.#onPage = new OnPage({ permissions, scripting, tabs }, storage.local);
    this.#onPage.listen(async () => this.#onPage.keep(await this.patterns()));
  }

  /** Match patterns of the known sites. */
  patterns() {
    return this.#sites.patterns();
  }

  /** Whether the pages of threads have marks. */
  async areMarked() {
    return this.#onPage.isOn(await this.patterns());
  }

  async show() {
    const patterns = await this.patterns();
    await Promise.all([this.#menus.show(patterns), this.#onPage.keep(patterns)]);
  }

  /**
   * The host has told its sites.
   * @param {readonly import('../shared/types.js').Site[]} sites
   * @returns {Promise<boolean>} whether they are others than before
   */
  async learn(sites) {
    const areOthers = await this.#sites.keep(sites);
    if (areOthers) await this.show();
    return areOthers;
  }
}
