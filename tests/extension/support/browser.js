/**
 * The parts of a browser that the extension uses, in memory. Importing this puts one in place of the real one: import it
 * before any module of the extension.
 */

import { readFileSync } from 'node:fs';
import { FakeEvent, portPair } from './events.js';

/** @typedef {import('./events.js').FakePort} FakePort */

const EXTENSION = new URL('../../../extension/', import.meta.url);
const ID = 'mocfnechjilffboahmjcekofoogdcljj';

/** @param {string} path */
export const readExtension = (path) => readFileSync(new URL(path, EXTENSION), 'utf8');

/** @type {Record<string, {message: string}>} */
export const MESSAGES = JSON.parse(readExtension('_locales/en/messages.json'));
export const MANIFEST = JSON.parse(readExtension('manifest.json'));

class FakeArea {
  /** @type {Record<string, unknown>} */
  held = {};

  /** @param {Record<string, unknown>} defaults */
  get = async (defaults) => structuredClone({ ...defaults, ...pick(this.held, Object.keys(defaults)) });

  /** @param {Record<string, unknown>} values */
  set = async (values) => {
    Object.assign(this.held, structuredClone(values));
  };
}

/**
 * @param {Record<string, unknown>} held
 * @param {string[]} keys
 */
const pick = (held, keys) => Object.fromEntries(keys.filter((key) => key in held).map((key) => [key, held[key]]));

export class FakeBrowser {
  storage = { local: new FakeArea(), session: new FakeArea() };
  /** What the toolbar button shows. @type {Record<string, unknown>} */
  button = {};
  /** How often the button was told something. */
  buttonCalls = 0;
  /** @type {Record<string, any>[]} */
  menu = [];
  /** What connectNative does: gives the extension's end of a port, or throws. @type {(name: string) => FakePort} */
  startHost = () => {
    throw new Error('Specified native messaging host not found.');
  };

  runtime = {
    id: ID,
    /** @type {{message: string}|undefined} */
    lastError: undefined,
    onInstalled: new FakeEvent(),
    onStartup: new FakeEvent(),
    onConnect: new FakeEvent(),
    getURL: (/** @type {string} */ path) => `chrome-extension://${ID}/${path}`,
    getManifest: () => MANIFEST,
    connectNative: (/** @type {string} */ name) => this.startHost(name),
  };

  action = {
    setBadgeText: (/** @type {{text: string}} */ { text }) => this.#show({ text }),
    setBadgeBackgroundColor: (/** @type {{color: string}} */ { color }) => this.#show({ color }),
    setBadgeTextColor: () => this.#show({}),
    setTitle: (/** @type {{title: string}} */ { title }) => this.#show({ title }),
  };

  contextMenus = {
    onClicked: new FakeEvent(),
    removeAll: async () => {
      this.menu = [];
    },
    create: (/** @type {Record<string, any>} */ item) => {
      if (this.menu.some(({ id }) => id === item.id)) throw new Error(`duplicate id ${item.id}`);
      this.menu.push(item);
    },
  };

  i18n = {
    getMessage: (/** @type {string} */ key, /** @type {string[]} */ substitutes = []) =>
      (MESSAGES[key]?.message ?? '').replace(/\$(\d)/g, (_, digit) => substitutes[digit - 1] ?? ''),
  };

  /**
   * A page of the extension, or what pretends to be one, connects.
   * @param {{name?: string, id?: string, url?: string}} [sender]
   * @returns {FakePort} the page's end
   */
  connectPage({ name = 'page', id = ID, url = `chrome-extension://${ID}/popup/popup.html` } = {}) {
    const [page, background] = portPair(name, { id, url });
    this.runtime.onConnect.fire(background);
    return page;
  }

  /** This as what the extension takes it for. @returns {typeof chrome} */
  get api() {
    return /** @type {any} */ (this);
  }

  /** @param {Record<string, unknown>} change */
  async #show(change) {
    this.buttonCalls += 1;
    Object.assign(this.button, change);
  }
}

/** @type {any} */ (globalThis).chrome = new FakeBrowser();
