/**
 * The popup: asks the background for what there is, paints it, and passes on what the person wants. It may be closed and
 * opened at any time; nothing lives here.
 *
 * `popup.html?tab=ID` is about that tab instead of the active one, `popup.html?url=ADDRESS` about that address: for a
 * window of its own, and for tests.
 */

import { BackgroundLink } from '../shared/background-link.js';
import { browser } from '../shared/browser.js';
import { systemClock } from '../shared/clock.js';
import { createFormat } from '../shared/format.js';
import { language, localise, t, tn } from '../shared/i18n.js';
import { Preferences } from '../shared/preferences.js';
import { HOST_RETRY } from '../shared/protocol.js';
import { isEnded } from '../shared/states.js';
import { menuPatterns } from '../shared/urls.js';
import { AddressesAsker } from './addresses-asker.js';
import { byId } from './dom.js';
import { FilesAsker } from './files-asker.js';
import { fitToWindow } from './fit.js';
import { HistoryAsker } from './history-asker.js';
import { listenForAddresses } from './incoming.js';
import { Inspector } from './inspector.js';
import { JobMenu } from './job-menu.js';
import { Offer } from './offer.js';
import { offerOf } from './offer-view.js';
import { filterOf } from './options-view.js';
import { Orders } from './orders.js';
import { Painter } from './painter.js';
import { BLANK, afterMessage, jobById, jobOfPage } from './state.js';
import { TabsWish } from './tabs-wish.js';
import { Unfolder } from './unfolder.js';
import { jobShown, popupView } from './view.js';

/** How often "5 min ago" is looked at again. */
const AGO_MS = 30_000;
/** Updates come in bursts; the page is painted once for all that arrive within this time. */
const PAINT_MS = 16;
/** Times that are counted down are painted this often. */
const COUNT_MS = 1_000;

/** @typedef {import('./state.js').PopupState} PopupState */
/** @typedef {import('../shared/states.js').JobAction} JobAction */

class Popup {
  /** @type {PopupState} */
  #state = BLANK;
  #grow;
  /** Whether it is about a tab, in which a press of the toolbar's button can be an order. */
  #isOfTab = false;
  #isPaintDue = false;
  /** @type {unknown} */
  #countTimer = null;
  /** What was painted last. @type {import('./view.js').PopupView} */
  #view = { screen: 'loading' };
  #words = { t, tn, format: createFormat(language()) };
  #link = new BackgroundLink({
    connect: (name) => browser.runtime.connect({ name }),
    onMessage: (message) => this.#receive(message),
    clock: systemClock,
  });
  #parts = {
    state: () => this.#state,
    set: (/** @type {Partial<PopupState>} */ change) => this.#set(change),
    request: (/** @type {string} */ type, /** @type {Record<string, unknown>} */ fields) => this.#link.request(type, fields),
    clock: systemClock,
  };
  #orders = new Orders(this.#parts);
  #inspector = new Inspector(this.#parts);
  #unfolder = new Unfolder(this.#parts);
  #filesAsker = new FilesAsker(this.#parts);
  #historyAsker = new HistoryAsker(this.#parts);
  #addresses = new AddressesAsker(this.#parts, new TabsWish(browser.storage.session));
  #offer = new Offer({
    element: byId('offer'),
    request: this.#parts.request,
    browser,
    onFacts: (fetch) => this.#set({ fetch }),
    onPageAllowed: () => void this.#inspect(),
  });
  #menu = new JobMenu(
    (job, priority) => void this.#orders.ask('job.priority', { job, priority }),
    (job, watch) => void this.#orders.ask('job.watch', { job, watch }),
  );
  #painter = new Painter(
    {
      header: {
        onBack: () => this.#back(),
        onAdd: () => this.#openForm(!this.#state.form.isOpen),
        onHistory: () => {
          this.#leave(byId('show-history'));
          void this.#historyAsker.open();
        },
        onOptions: () => void browser.runtime.openOptionsPage(),
      },
      card: {
        onButton: (action) => void this.#press(action),
        form: {
          onText: (text) => this.#addresses.write(text),
          onStart: () => void this.#addresses.start(),
          onTabs: () => void this.#takeTabs(),
          onClose: () => this.#openForm(false),
        },
        options: {
          onToggle: () => this.#toggleOptions(),
          onFilter: (filter) => this.#inspector.tryFilter(filter),
          onWatch: (watch) => this.#choose({ watch }),
          onPriority: (priority) => this.#choose({ priority }),
        },
      },
      jobs: {
        onUnfold: (job, what) => {
          this.#grow();
          void this.#unfolder.toggle(job, what);
        },
        onNeed: () => void this.#unfolder.more(),
        onJob: (action, job, button) => this.#do(action, job, button),
      },
      files: {
        onFile: (action, file) => void this.#orders.actOnFile(action, file),
        onFilter: (only) => this.#state.files && this.#set({ files: { ...this.#state.files, only } }),
      },
      history: {
        onSearch: (search) => this.#historyAsker.search(search),
        onNear: () => void this.#historyAsker.more(),
        onAskToClear: (isAskingToClear) => this.#state.history && this.#set({ history: { ...this.#state.history, isAskingToClear } }),
        onClear: () => void this.#historyAsker.clear(),
      },
      onHostAgain: () => void this.#orders.ask(HOST_RETRY),
      onWelcome: () => this.#set({}),
    },
    systemClock,
  );
  /** Where the focus goes on the way back, the last first. @type {HTMLElement[]} */
  #openers = [];

  /** All buttons do what they are for from now on. @param {() => void} grow let the popup be as high as it may */
  constructor(grow) {
    this.#grow = grow;
    byId('notice-close').addEventListener('click', () => this.#set({ notice: '', isHostBack: false }));
    listenForAddresses((text) => this.#state.snapshot && this.#addresses.add(text));
    // Never switched off here: the person may have been quicker than the browser's storage
    void new Preferences(browser.storage.local).get().then(({ watch_by_default: watch }) => watch && this.#choose({ watch }));
  }

  /** @param {{url: string|null, isTab: boolean}} page what the popup is about */
  begin({ url, isTab }) {
    this.#set({ url });
    this.#isOfTab = isTab;
    this.#link.open();
    setInterval(() => this.#set({}), AGO_MS);
  }

  /** @param {import('../shared/types.js').Snapshot|import('../shared/types.js').Delta} message */
  #receive(message) {
    const before = jobOfPage(this.#state);
    this.#set(afterMessage(this.#state, message, Date.now()));
    const job = jobOfPage(this.#state);
    // The outcome says more than what was there before; a host that is back may answer what it could not
    if (job && isEnded(job) && !(before && isEnded(before))) this.#set({ inspection: null, inspectError: null });
    if (message.type === 'snapshot') {
      this.#set({ inspectError: null });
      void this.#addresses.goOn();
      void this.#unfolder.fill();
      void this.#filesAsker.fill();
    }
    if (message.type === 'children.changed') this.#filesAsker.childrenChanged();
    void this.#filesAsker.lookForMissing();
    if (this.#inspector.isDue()) void this.#inspect();
  }

  async #inspect() {
    if ((await this.#inspector.inspect()) && this.#isOfTab) await this.#orders.startItself();
  }

  /** Opened, the filter that is seen is the one that holds, also where an earlier job of the thread had another. */
  #toggleOptions() {
    const areOptionsOpen = !this.#state.areOptionsOpen;
    this.#grow();
    this.#set({ areOptionsOpen });
    const { filterError, inspection } = this.#state;
    // Folded, a filter that cannot be read would stop everything without being seen
    if (areOptionsOpen || filterError) this.#choose({ filter: areOptionsOpen ? filterOf(this.#state) : null });
    if (filterError || (areOptionsOpen && !inspection)) void this.#inspector.inspect();
  }

  /** @param {Partial<PopupState['choices']>} change */
  #choose(change) {
    this.#set({ choices: { ...this.#state.choices, ...change } });
  }

  /** At once, for the browser asks a person only in the press. @param {import('./card-buttons.js').Button['action']} action of the card's large buttons */
  async #press(action) {
    if (action === 'inspect') await this.#inspect();
    else if (action === 'fetch') await this.#offer.ask();
    else await this.#orders.press(action);
  }

  /**
   * @param {JobAction} action
   * @param {string} id
   * @param {HTMLElement} button
   */
  #do(action, id, button) {
    if (action === 'more') {
      const view = this.#view.screen === 'main' ? jobShown(this.#view, id) : null;
      if (view) this.#menu.open(view, button);
    } else if (action === 'files') {
      const job = jobById(this.#state, id);
      if (!job) return;
      this.#leave(button);
      void this.#filesAsker.open(job);
    } else void this.#orders.act(action, id);
  }

  /** @param {boolean} isOpen */
  #openForm(isOpen) {
    this.#set({ form: { ...this.#state.form, isOpen, error: null } });
    this.#painter.wantFocus();
  }

  async #takeTabs() {
    const origins = menuPatterns(this.#state.snapshot?.sites.flatMap(({ patterns }) => patterns) ?? []);
    await this.#addresses.takeTabs(() => browser.permissions.request({ origins }));
  }

  /** Another screen is about to be shown. @param {HTMLElement} opener */
  #leave(opener) {
    this.#grow();
    this.#openers.push(opener);
    this.#set({ notice: '' });
    systemClock.after(() => this.#painter.focusScreen(this.#view.screen), 2 * PAINT_MS);
  }

  #back() {
    this.#set(this.#state.files ? { files: null, notice: '' } : { history: null, notice: '' });
    const opener = this.#openers.pop();
    systemClock.after(() => opener?.focus(), 2 * PAINT_MS);
  }

  /** @param {Partial<PopupState>} change */
  #set(change) {
    this.#state = { ...this.#state, ...change };
    if (this.#isPaintDue) return;
    this.#isPaintDue = true;
    systemClock.after(() => this.#paint(), PAINT_MS);
  }

  #paint() {
    this.#isPaintDue = false;
    const view = popupView(this.#state, this.#words, { now_ms: Date.now(), extensionId: browser.runtime.id });
    this.#view = view;
    systemClock.cancel(this.#countTimer);
    if (view.screen === 'main' && view.isCounting) this.#countTimer = systemClock.after(() => this.#set({}), COUNT_MS);
    this.#painter.update(view);
    // On every screen: what the card of the page waits for is known when one comes back to it
    this.#offer.update(this.#state, offerOf(this.#state, t), view.screen !== 'main' || view.offer === null);
  }
}

/** What the popup is about. A tab's address is only told after a click on the toolbar button (activeTab). */
async function page() {
  const asked = new URLSearchParams(location.search);
  const url = asked.get('url');
  if (url !== null) return { url, isTab: false };
  const id = asked.get('tab');
  const tab = id === null ? (await browser.tabs.query({ active: true, currentWindow: true }))[0] : await browser.tabs.get(Number(id));
  return { url: tab?.url ?? null, isTab: true };
}

localise(document);
const popup = new Popup(fitToWindow(systemClock));
popup.begin(await page());
