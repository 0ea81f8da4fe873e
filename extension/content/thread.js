/**
 * Where a thread's page meets the extension, once the person has turned that on: asks the background which files of the page
 * are there, draws it, and tells the background which ones were chosen. To the background go ids that the host gave, no more.
 */

/** How long the page must have been quiet before new posts are looked at, and how often at most the host is asked anew. */
const QUIET_MS = 400;
const ASK_AGAIN_MS = 15_000;

class ThreadPage {
  #api;
  #window;
  #thumbnails;
  #layer;
  #panel;
  #choice;
  #pointing;
  /** @type {chrome.runtime.Port|null} */
  #port = null;
  /** @type {Map<string, string>} state by id */
  #states = new Map();
  /** @type {Set<Element>} */
  #added = new Set();
  #isOpened = false;
  #isLooking = false;
  #askedAt = 0;
  #isSelecting = false;
  #isHidden = false;
  #note = '';
  #changes;

  /**
   * @param {typeof chrome} api
   * @param {Window & typeof globalThis} window
   */
  constructor(api, window) {
    const { document } = window;
    this.#api = api;
    this.#window = window;
    this.#thumbnails = new Thumbnails(document);
    this.#choice = new Choice((id) => this.#isOpen(id));
    this.#layer = new Layer(document, (id) => ({ state: this.#states.get(id) ?? 'missing', isChosen: this.#choice.has(id) }));
    this.#panel = new Panel(document, this.#layer.root, (key, ...rest) => this.#t(key, ...rest), (action) => this.#press(action));
    this.#pointing = new Pointing(window, this.#layer, this.#thumbnails, this.#choice, () => this.#show(), () => this.#leave());
    this.#changes = new MutationObserver((records) => this.#changed(records));
  }

  begin() {
    this.#api.runtime.onMessage.addListener((message) => {
      if (message?.type === 'wake') this.#ask();
      if (message?.type === 'end') this.#end();
    });
    this.#window.addEventListener('pageshow', (event) => event.persisted && this.#ask());
    if (this.#thumbnails.hasAny) this.#ask();
  }

  /** @param {string} id */
  #isOpen(id) {
    const state = this.#states.get(id);
    return state !== undefined && state !== 'have' && state !== 'coming';
  }

  /**
   * @param {string} key
   * @param {...(string|number)} substitutes
   */
  #t(key, ...substitutes) {
    return this.#api.i18n.getMessage(key, substitutes.map(String)) || key;
  }

  /** Ask what is there; the answer and what follows it come as messages. */
  #ask() {
    if (this.#isHidden) return; // nobody looks
    this.#askedAt = this.#window.performance.now();
    if (this.#port) {
      this.#port.postMessage({ type: 'files' });
      return;
    }
    let port;
    try {
      port = this.#api.runtime.connect({ name: 'thread-page' });
    } catch {
      this.#end(); // the extension was taken away, or is another now
      return;
    }
    this.#port = port;
    port.onDisconnect.addListener(() => {
      void this.#api.runtime.lastError; // read, so that the browser does not complain in the page's console
      this.#port = null;
    });
    port.onMessage.addListener((message) => this.#hear(message));
    port.postMessage({ type: 'files' });
  }

  /** @param {any} message */
  #hear(message) {
    if (message.type === 'end') {
      this.#end();
      return;
    }
    if (message.type === 'files') this.#know(message.files);
    if (message.type === 'states') for (const { id, state } of message.files) this.#turn(id, state);
    if (message.type === 'note') this.#note = message.text;
    if (message.type === 'nothing') {
      this.#port?.disconnect();
      this.#port = null;
    }
    this.#show();
  }

  /** @param {readonly PageFile[]} files */
  #know(files) {
    this.#states = new Map(files.map(({ id, state }) => [id, state]));
    const { found, lost } = this.#thumbnails.know(files);
    this.#layer.drop(lost);
    if (!this.#isOpened && !found.length) return;
    if (!this.#isOpened) this.#layer.open();
    this.#isOpened = true;
    this.#layer.watch(found);
    this.#layer.place();
    this.#changes.observe(this.#window.document.body, { childList: true, subtree: true });
  }

  /**
   * @param {string} id
   * @param {string} state
   */
  #turn(id, state) {
    if (this.#states.has(id)) this.#states.set(id, state);
  }

  #show() {
    if (!this.#states.size) return;
    const states = [...this.#states.values()];
    const count = (/** @type {string} */ wanted) => states.filter((state) => state === wanted).length;
    this.#layer.setSelecting(this.#isSelecting);
    this.#layer.paint();
    this.#panel.show({
      have: count('have'),
      total: states.length,
      fresh: count('new'),
      chosen: this.#choice.ids.length,
      isSelecting: this.#isSelecting,
      note: this.#note,
    });
  }

  /** @param {MutationRecord[]} records */
  #changed(records) {
    for (const { addedNodes } of records) for (const node of addedNodes) if (node instanceof Element) this.#added.add(node);
    if (this.#isLooking) return;
    this.#isLooking = true;
    setTimeout(() => {
      this.#isLooking = false;
      this.#look();
    }, QUIET_MS);
  }

  /** Look at what the page has added or taken away. */
  #look() {
    if (this.#isHidden) return;
    const parts = [...this.#added];
    this.#added.clear();
    this.#layer.drop(this.#thumbnails.takeLost());
    let hasStrangers = false;
    for (const part of parts.filter(({ isConnected }) => isConnected)) {
      const seen = this.#thumbnails.find(part);
      this.#layer.watch(seen.found);
      hasStrangers ||= seen.hasStrangers;
    }
    this.#layer.place();
    if (hasStrangers && this.#window.performance.now() - this.#askedAt > ASK_AGAIN_MS) this.#ask();
  }

  /** @param {PanelAction} action */
  #press(action) {
    if (action === 'select') this.#select();
    if (action === 'all') this.#choice.add(this.#states.keys());
    if (action === 'download') this.#download();
    if (action === 'cancel') this.#leave();
    if (action === 'hide') this.#hide();
    this.#show();
  }

  #select() {
    this.#isSelecting = true;
    this.#note = '';
    this.#choice.clear();
    this.#pointing.start();
    this.#show();
    this.#panel.focus('cancel');
  }

  #leave() {
    this.#isSelecting = false;
    this.#choice.clear();
    this.#pointing.stop();
    this.#show();
    this.#panel.focus('select');
  }

  #download() {
    const ids = this.#choice.ids;
    if (!this.#port) this.#ask(); // the background was asleep
    this.#port?.postMessage({ type: 'download', ids });
    for (const id of ids) this.#turn(id, 'coming');
    this.#note = this.#t('page_started', ids.length);
    this.#leave();
  }

  #hide() {
    this.#leave();
    this.#end();
  }

  /** Nothing of ours stays on the page, until it is loaded anew. */
  #end() {
    this.#isHidden = true;
    this.#changes.disconnect();
    this.#pointing.stop();
    this.#layer.close();
    this.#port?.disconnect();
    this.#port = null;
  }
}
