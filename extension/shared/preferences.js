/**
 * What the extension itself is told to do, apart from the host's settings: the browser keeps it in storage.local. The colours
 * of the pages alone are in localStorage, which can be read before the first paint (see theme.js).
 */

/** @typedef {'system'|'light'|'dark'} Theme */
/** @typedef {'none'|'trouble'|'all'} Notified what is notified of */
/** @typedef {{theme: Theme, notifications: Notified, watch_by_default: boolean}} PreferenceValues */

/** Each with the values it may have, the first of them unless a person chose another. */
const CHOICES = /** @type {const} */ ({
  theme: ['system', 'light', 'dark'],
  notifications: ['none', 'trouble', 'all'],
  watch_by_default: [false, true],
});

export const PREFERENCES = /** @type {(keyof PreferenceValues)[]} */ (Object.keys(CHOICES));

/** @type {PreferenceValues} */
export const DEFAULT_PREFERENCES = Object.freeze({ theme: 'system', notifications: 'none', watch_by_default: false });

/**
 * The names of those among the values that are no preference, or cannot be that.
 * @param {Record<string, unknown>} values
 */
export function badPreferences(values) {
  const choices = /** @type {Record<string, readonly unknown[]>} */ (CHOICES);
  return Object.keys(values).filter((name) => !Object.hasOwn(choices, name) || !choices[name]?.includes(values[name]));
}

export class Preferences {
  #area;
  #local;

  /**
   * @param {chrome.storage.StorageArea} area storage.local
   * @param {Pick<Storage, 'getItem'|'setItem'>|undefined} [local] localStorage; a background has none, and needs no colours
   */
  constructor(area, local = globalThis.localStorage) {
    this.#area = area;
    this.#local = local;
  }

  /** All of them; what is kept but makes no sense is as if it were not there. @returns {Promise<PreferenceValues>} */
  async get() {
    const { theme: _theme, ...kept } = DEFAULT_PREFERENCES;
    const held = { theme: this.#local?.getItem('theme') ?? 'system', ...(await this.#area.get(kept)) };
    const bad = badPreferences(held);
    return /** @type {PreferenceValues} */ ({
      ...DEFAULT_PREFERENCES,
      ...Object.fromEntries(Object.entries(held).filter(([name]) => !bad.includes(name))),
    });
  }

  /** @param {Partial<PreferenceValues>} change */
  async set({ theme, ...rest }) {
    if (theme) this.#local?.setItem('theme', theme);
    await this.#area.set(rest);
  }
}
