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
import { errorText } from '../shared/error-text.js';
import { createFormat } from '../shared/format.js';
import { language, localise, t, tn } from '../shared/i18n.js';
import { HOST_RETRY, HostError } from '../shared/protocol.js';
import { isEnded } from '../shared/states.js';
import { Announcer } from './announcer.js';
import { Card } from './card.js';
import { mayInspect, newFiles } from './card-view.js';
import { byId, setText, show } from './dom.js';
import { fitToWindow } from './fit.js';
import { HostScreen } from './host-screen.js';
import { JobList } from './job-list.js';
import { LogList } from './log-list.js';
import { BLANK, afterMessage, jobOfPage } from './state.js';
import { popupView } from './view.js';

/** A job that ended this short a time ago has just read the thread: the site is not asked again unless the person asks. */
const FRESH_S = 60;
/** How often "5 min ago" is looked at again. */
const AGO_MS = 30_000;
/** Updates come in bursts; the page is painted once for all that arrive within this time. */
const PAINT_MS = 16;

/** @typedef {import('./state.js').PopupState} PopupState */
/** @typedef {import('../shared/states.js').JobAction} JobAction */

class Popup {
  /** @type {PopupState} */
  #state = BLANK;
  #mayStartItself;
  #isPaintDue = false;
  #words = { t, tn, format: createFormat(language()) };
  #link = new BackgroundLink({
    connect: (name) => browser.runtime.connect({ name }),
    onMessage: (message) => this.#receive(message),
    clock: systemClock,
  });
  #card = new Card({
    onButton: (action) => void this.#press(action),
    onJob: (action, job) => void this.#act(action, job),
    onAddress: (address) => void this.#startAddress(address),
  });
  #jobs = new JobList(
    (action, job) => void this.#act(action, job),
    () => void this.#act('remove', 'all'),
  );
  #log = new LogList();
  #host = new HostScreen(() => void this.#ask(HOST_RETRY), systemClock);
  #announcer = new Announcer();

  /** @param {{url: string|null, isTab: boolean}} page what the popup is about */
  constructor({ url, isTab }) {
    this.#state = { ...BLANK, url };
    this.#mayStartItself = isTab;
    byId('options').addEventListener('click', () => void browser.runtime.openOptionsPage());
    byId('notice-close').addEventListener('click', () => this.#set({ notice: '' }));
    this.#link.open();
    setInterval(() => this.#set({}), AGO_MS);
  }

  /** @param {import('../shared/types.js').Snapshot|import('../shared/types.js').Delta} message */
  #receive(message) {
    const before = jobOfPage(this.#state);
    this.#set(afterMessage(this.#state, message));
    const job = jobOfPage(this.#state);
    // The outcome says more than what was there before; a host that is back may answer what it could not
    if (job && isEnded(job) && !(before && isEnded(before))) this.#set({ inspection: null, inspectError: null });
    if (message.type === 'snapshot') this.#set({ inspectError: null });
    this.#inspectIfDue();
  }

  #inspectIfDue() {
    const { snapshot, failure, inspecting, inspection, inspectError } = this.#state;
    if (!snapshot || failure || inspecting || inspection || inspectError || !mayInspect(this.#state)) return;
    const job = jobOfPage(this.#state);
    if (!job || (isEnded(job) && Date.now() / 1000 - (job.finished ?? 0) > FRESH_S)) void this.#inspect();
  }

  async #inspect() {
    this.#set({ inspecting: true, inspectError: null });
    try {
      const inspection = await this.#link.request('page.inspect', { url: this.#state.url });
      this.#set({ inspecting: false, inspection });
      await this.#startItself();
    } catch (error) {
      this.#set({ inspecting: false, inspectError: HostError.from(error).toJSON() });
    }
  }

  /** With the setting `start_on_click`, opening the popup on a thread is the order to save it. Once. */
  async #startItself() {
    const { snapshot, inspection } = this.#state;
    const job = jobOfPage(this.#state);
    if (!this.#mayStartItself || !snapshot?.settings?.start_on_click || !inspection || (job && !isEnded(job))) return;
    this.#mayStartItself = false;
    if (newFiles(this.#state, job) > 0) await this.#press('start');
  }

  /** @param {import('./card-view.js').Button['action']} action of the card's large buttons */
  async #press(action) {
    if (action === 'inspect') {
      await this.#inspect();
      return;
    }
    this.#set({ starting: true });
    const job = jobOfPage(this.#state);
    if (action === 'retry' && job) await this.#act('retry', job.id);
    else {
      const result = await this.#ask('job.start', { urls: [this.#state.url] });
      this.#set({ startedJob: result?.jobs[0]?.id ?? this.#state.startedJob });
    }
    this.#set({ starting: false });
  }

  /**
   * @param {JobAction} action
   * @param {string} job an id, or "all"
   */
  async #act(action, job) {
    await this.#ask(action === 'reveal' ? 'folder.reveal' : `job.${action}`, { job });
  }

  /** @param {string} address */
  async #startAddress(address) {
    this.#set({ form: { busy: true, error: null } });
    try {
      await this.#link.request('job.start', { urls: [address] });
      this.#card.clearField();
      this.#set({ form: { busy: false, error: null } });
    } catch (error) {
      this.#set({ form: { busy: false, error: HostError.from(error).toJSON() } });
    }
  }

  /**
   * A request whose failure is told in the notice; its result, or undefined.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   */
  async #ask(type, fields) {
    this.#set({ notice: '' });
    try {
      return await this.#link.request(type, fields);
    } catch (error) {
      this.#set({ notice: errorText(HostError.from(error), t) });
      return undefined;
    }
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
    document.body.dataset.screen = view.screen;
    show(this.#host.element, view.screen === 'host');
    show(byId('main'), view.screen !== 'host');
    if (view.screen === 'host') this.#host.update(view.host, view.trying);
    if (view.screen !== 'main') return;
    this.#card.update(view.card);
    this.#jobs.update(view.jobs, view.mayClear);
    setText(byId('notice-text'), view.notice);
    show(byId('notice'), view.notice !== '');
    this.#log.update(view.log);
    this.#announcer.update(view.card.kind === 'job' ? [view.card.job, ...view.jobs] : view.jobs);
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
fitToWindow(systemClock);
new Popup(await page());
