/** What a new user reads once: what is sent where, in three lines. It stands where the list of downloads will be. */

import { byId, show } from './dom.js';

export class Welcome {
  #element = byId('welcome');
  #area;
  /** Unknown until the browser has told. @type {boolean} */
  #isRead = true;

  /**
   * @param {chrome.storage.StorageArea} area storage.local
   * @param {() => void} onDone
   */
  constructor(area, onDone) {
    this.#area = area;
    byId('welcome-done').addEventListener('click', () => {
      this.#isRead = true;
      show(this.#element, false);
      void area.set({ welcomed: true });
      onDone();
    });
  }

  /** Ask the browser whether it was read. */
  async open() {
    const { welcomed } = await this.#area.get({ welcomed: false });
    this.#isRead = welcomed === true;
  }

  /**
   * @param {boolean} hasRoom whether nothing else is where it would be
   * @param {HTMLElement} screen that it is part of
   */
  update(hasRoom, screen) {
    show(this.#element, !this.#isRead && hasRoom);
    if (this.#element.parentElement === screen || this.#element.hidden) return;
    screen.insertBefore(this.#element, screen.querySelector('.log'));
  }
}
