/** The switch for marks on threads' pages: on only where the browser allows it, which it is asked when the person turns it on. */

/** @typedef {import('../shared/types.js').Site} Site */

export class OnPageSwitch {
  #onPage;
  #input;
  #error;
  #t;
  /** @type {string[]} */
  #patterns = [];
  /** What the browser allows meanwhile is a part of the answer. */
  #isAsking = false;

  /**
   * @param {import('../shared/on-page.js').OnPage} onPage
   * @param {HTMLInputElement} input
   * @param {HTMLElement} error
   * @param {import('../shared/i18n.js').Translate} t
   */
  constructor(onPage, input, error, t) {
    this.#onPage = onPage;
    this.#input = input;
    this.#error = error;
    this.#t = t;
    input.addEventListener('change', () => void this.#turn());
    onPage.listen(() => this.#check());
  }

  /** @param {readonly Site[]} sites */
  async show(sites) {
    this.#patterns = sites.flatMap((site) => site.patterns);
    await this.#check();
  }

  async #check() {
    if (!this.#isAsking) this.#input.checked = await this.#onPage.isOn(this.#patterns);
  }

  async #turn() {
    const isWanted = this.#input.checked;
    this.#error.textContent = '';
    if (!isWanted) {
      await this.#onPage.turnOff();
      return;
    }
    const asked = this.#patterns.length > 0 ? this.#onPage.turnOn(this.#patterns) : Promise.resolve(false);
    this.#isAsking = true;
    const isOn = await asked.finally(() => (this.#isAsking = false));
    this.#input.checked = isOn;
    if (!isOn) this.#error.textContent = this.#t(this.#patterns.length ? 'options_on_page_refused' : 'options_on_page_unknown');
  }
}
