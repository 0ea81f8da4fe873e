/**
 * The parts of a browser that the extension uses, in memory. Importing this puts one in place of the real one: import it
 * before any module of the extension.
 */

import { readFileSync } from 'node:fs';
import { FakeEvent, portPair } from './events.js';
import { matchesAny } from '../../../extension/shared/urls.js';

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
  onChanged = new FakeEvent();

  /** @param {Record<string, unknown>} defaults */
  get = async (defaults) => structuredClone({ ...defaults, ...pick(this.held, Object.keys(defaults)) });

  /** @param {Record<string, unknown>} values */
  set = async (values) => {
    const changes = Object.entries(values).map(([key, newValue]) => [key, { oldValue: this.held[key], newValue }]);
    Object.assign(this.held, structuredClone(values));
    this.onChanged.fire(Object.fromEntries(changes));
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
  /** Match patterns that the person allowed. @type {string[]} */
  allowed = [];
  /** What the person says when asked for more. */
  isGranting = true;
  /** @type {Record<string, any>[]} */
  scripts = [];
  /** Addresses of tabs that have a script. @type {string[]} */
  openTabs = [];
  /** What was said to scripts in tabs. @type {{tab: number, message: any}[]} */
  said = [];
  /** Notifications that are shown. @type {Record<string, any>[]} */
  notes = [];
  /** Permissions beside hosts that the person allowed. @type {string[]} */
  allowedPermissions = [];
  canOpenPopup = true;
  popupsOpened = 0;
  /** @type {string[]} */
  windowsOpened = [];
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
    openPopup: async () => {
      if (!this.canOpenPopup) throw new Error('openPopup requires a user gesture');
      this.popupsOpened += 1;
    },
  };

  commands = { onCommand: new FakeEvent() };

  notifications = {
    onClicked: new FakeEvent(),
    create: async (/** @type {string} */ id, /** @type {Record<string, any>} */ note) => {
      this.notes.push({ id, ...note });
    },
    clear: async (/** @type {string} */ id) => {
      this.notes = this.notes.filter((note) => note.id !== id);
    },
  };

  windows = {
    create: async (/** @type {{url: string}} */ { url }) => {
      this.windowsOpened.push(url);
    },
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

  permissions = {
    onAdded: new FakeEvent(),
    onRemoved: new FakeEvent(),
    getAll: async () => ({ permissions: [...MANIFEST.permissions], origins: [...this.allowed] }),
    remove: async (/** @type {{origins: string[]}} */ { origins }) => {
      this.allowed = this.allowed.filter((each) => !origins.includes(each));
      this.permissions.onRemoved.fire({ origins });
      return true;
    },
    contains: async (/** @type {{origins?: string[], permissions?: string[]}} */ { origins = [], permissions = [] }) =>
      origins.every((origin) => this.allowed.includes(origin)) && permissions.every((name) => this.allowedPermissions.includes(name)),
    request: async (/** @type {{origins: string[]}} */ { origins }) => {
      if (this.isGranting) {
        this.allowed.push(...origins);
        this.permissions.onAdded.fire({ origins });
      }
      return this.isGranting;
    },
  };

  scripting = {
    getRegisteredContentScripts: async (/** @type {{ids: string[]}} */ { ids }) => this.scripts.filter(({ id }) => ids.includes(id)),
    registerContentScripts: async (/** @type {Record<string, any>[]} */ scripts) => {
      if (scripts.some(({ id }) => this.scripts.some((each) => each.id === id))) throw new Error('Duplicate script ID');
      this.scripts.push(...scripts);
    },
    updateContentScripts: async (/** @type {Record<string, any>[]} */ scripts) => {
      this.scripts = this.scripts.map((each) => scripts.find(({ id }) => id === each.id) ?? each);
    },
    unregisterContentScripts: async (/** @type {{ids: string[]}} */ { ids }) => {
      this.scripts = this.scripts.filter(({ id }) => !ids.includes(id));
    },
  };

  tabs = {
    query: async (/** @type {{url?: string[]}} */ { url }) =>
      this.openTabs.flatMap((each, id) => (!url || url.includes(each) || matchesAny(each, url) ? [{ id, url: each, title: `Tab ${id}` }] : [])),
    sendMessage: async (/** @type {number} */ tab, /** @type {unknown} */ message) => {
      this.said.push({ tab, message });
    },
  };

  /** Session rules by id. @type {Map<number, any>} */
  rules = new Map();

  declarativeNetRequest = {
    getSessionRules: async () => [...this.rules.values()],
    updateSessionRules: async (/** @type {{addRules?: any[], removeRuleIds?: number[]}} */ { addRules = [], removeRuleIds = [] }) => {
      for (const id of removeRuleIds) this.rules.delete(id);
      for (const rule of addRules) {
        if (!rule.action.requestHeaders.length) throw new Error(`Rule with id ${rule.id} must have at least one header.`);
        if (this.rules.has(rule.id)) throw new Error(`Rule with id ${rule.id} does not have a unique ID.`);
        this.rules.set(rule.id, rule);
      }
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
