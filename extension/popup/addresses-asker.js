/** Asks what the addresses in the field lead to, as they are being written; takes those of tabs; starts them. */

import { HostError, MOST_RECOGNISED, START_ALL, TABS_THREADS } from '../shared/protocol.js';
import { addressesIn, goodAddresses } from './addresses.js';

/** @typedef {import('./tabs-wish.js').TabsWish} TabsWish */

/** The host is asked when nothing was written for so long. */
const WRITING_MS = 250;

export class AddressesAsker {
  #parts;
  #wish;
  /** The browser's question is open, and this page as well. */
  #isAsking = false;
  /** @type {unknown} */
  #timer = null;

  /**
   * @param {import('./inspector.js').AskingParts} parts
   * @param {TabsWish} wish
   */
  constructor(parts, wish) {
    this.#parts = parts;
    this.#wish = wish;
  }

  /** @param {string} text as far as it is written */
  write(text) {
    const { clock } = this.#parts;
    this.#set({ text, error: null });
    clock.cancel(this.#timer);
    this.#timer = clock.after(() => void this.#recognise(), WRITING_MS);
  }

  /** Open the field with these addresses after those that are in it. @param {string} text */
  add(text) {
    const before = this.#parts.state().form.text.trim();
    this.#set({ isOpen: true });
    this.write([before, ...addressesIn(text)].filter(Boolean).join('\n'));
  }

  /**
   * The person wants the threads that are open in tabs.
   * @param {() => Promise<unknown>} askBrowser begun at once, for it asks only in the press; it may close this page
   */
  async takeTabs(askBrowser) {
    this.#isAsking = true;
    await Promise.allSettled([askBrowser(), this.#wish.make()]);
    this.#isAsking = false;
    await this.goOn();
  }

  /** If that was wanted, and the browser has been answered: here, or in a popup that its question has closed. */
  async goOn() {
    if (this.#isAsking || !(await this.#wish.take())) return;
    this.#set({ isOpen: true });
    try {
      const { isAllowed, threads } = await this.#parts.request(TABS_THREADS, {});
      if (!isAllowed) this.#set({ error: new HostError('tabs.refused', '').toJSON() });
      else if (threads.length === 0) this.#set({ error: new HostError('tabs.none', '').toJSON() });
      else this.add(threads.map((/** @type {{url: string}} */ { url }) => url).join('\n'));
    } catch (error) {
      this.#set({ error: HostError.from(error).toJSON() });
    }
  }

  /** Start those that lead somewhere; one alone is the host's to refuse, which says why. */
  async start() {
    const { text, busy } = this.#parts.state().form;
    if (busy || text.trim() === '') return;
    this.#set({ busy: true, error: null });
    try {
      const all = addressesIn(text);
      if (all.length > 1) await this.#recognise();
      const { pages } = this.#parts.state().form;
      const good = goodAddresses(all, pages);
      const urls = good.length > 0 ? good : all.slice(0, 1);
      await this.#parts.request(START_ALL, { urls });
      this.#set({ busy: false, isOpen: false, text: all.filter((url) => pages.get(url) === null && !urls.includes(url)).join('\n') });
    } catch (error) {
      this.#set({ busy: false, error: HostError.from(error).toJSON() });
    }
  }

  async #recognise() {
    const { state, request } = this.#parts;
    const { text, pages } = state().form;
    const unknown = addressesIn(text).filter((url) => !pages.has(url));
    try {
      for (let at = 0; at < unknown.length; at += MOST_RECOGNISED) {
        const urls = unknown.slice(at, at + MOST_RECOGNISED);
        const told = (await request('page.recognise', { urls })).pages;
        this.#set({ pages: new Map([...state().form.pages, ...urls.map((url, place) => /** @type {[string, any]} */ ([url, told[place]]))]) });
      }
    } catch {
      // Nothing is said of them, then; what is wrong with one is said when it is started
    }
  }

  /** @param {Partial<import('./state.js').PopupState['form']>} change */
  #set(change) {
    const { set, state } = this.#parts;
    set({ form: { ...state().form, ...change } });
  }
}
