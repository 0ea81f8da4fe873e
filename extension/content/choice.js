/** Which files are chosen: one by one, a range, a box. What is there already cannot be chosen. Knows nothing of the page. */

class Choice {
  /** @type {Set<string>} */
  #chosen = new Set();
  /** @type {string|null} */
  #anchor = null;
  #isOpen;

  /** @param {(id: string) => boolean} isOpen whether a file may be chosen */
  constructor(isOpen) {
    this.#isOpen = isOpen;
  }

  get ids() {
    return [...this.#chosen].filter(this.#isOpen);
  }

  /** @param {string} id */
  has(id) {
    return this.#chosen.has(id) && this.#isOpen(id);
  }

  /** @param {string} id */
  toggle(id) {
    this.#anchor = id;
    if (!this.#chosen.delete(id) && this.#isOpen(id)) this.#chosen.add(id);
  }

  /**
   * From the file that was chosen last to this one.
   * @param {string} id
   * @param {readonly string[]} order every file in the order of the page
   */
  extend(id, order) {
    const from = this.#anchor === null ? -1 : order.indexOf(this.#anchor);
    const to = order.indexOf(id);
    if (from < 0 || to < 0) {
      this.toggle(id);
      return;
    }
    this.add(order.slice(Math.min(from, to), Math.max(from, to) + 1));
  }

  /** @param {Iterable<string>} ids */
  add(ids) {
    for (const id of ids) if (this.#isOpen(id)) this.#chosen.add(id);
  }

  clear() {
    this.#chosen.clear();
    this.#anchor = null;
  }
}
