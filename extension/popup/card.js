/**
 * The card of this page. Its parts stay in their places through all states: skeleton, thread, job, outcome have one
 * height; only the field for another address is a layout of its own.
 */

import { AddressForm } from './address-form.js';
import { byId, firstUsable, keepingFocus, make, setAttribute, setText, show } from './dom.js';
import { JobBody } from './job-body.js';
import { JobButtons } from './job-buttons.js';
import { SpeedGraph } from './speed-graph.js';
import { StateBar } from './state-bar.js';
import { OptionsPanel } from './options-panel.js';
import { Unfolding } from './unfolding.js';

/** @typedef {import('./card-buttons.js').Button} Button */
/** @typedef {import('./card-view.js').CardView} CardView */
/** @typedef {import('./job-card.js').JobCard} JobCard */
/** @typedef {import('./thread-card.js').ThreadCard} ThreadCard */

const HOOKS = Object.freeze({ start: 'download', inspect: 'check-again', retry: 'retry', fetch: 'fetch-allow' });

/**
 * @typedef {object} CardActions
 * @property {(action: Button['action']) => void} onButton
 * @property {import('./job-buttons.js').OnJobAction} onJob
 * @property {import('./address-form.js').FormActions} form
 * @property {import('./options-panel.js').OptionsActions} options
 * @property {import('./unfolding.js').UnfoldingActions} unfolding
 */

export class Card {
  element = byId('card');
  #skeleton = byId('skeleton');
  #place = make('span', { class: 'place' });
  #state = make('span', { class: 'state', 'data-test': 'job-state' });
  #title = make('h2', { class: 'title', 'data-test': 'page-title', dir: 'auto' });
  #body;
  #primary = make('button', { type: 'button', class: 'button primary' });
  #secondary = make('button', { type: 'button', class: 'button' });
  #jobButtons;
  #reveal;
  #more;
  #options;
  #unfolding;
  #actions;
  #thread;
  #form;
  #speed = new SpeedGraph();
  #states = new StateBar();
  #reasons = make('ul', { class: 'reasons', role: 'list', 'data-test': 'reasons' });
  /** Whether the focus is to be here: as soon as there is something that can have it. */
  #wantsFocus = true;

  /** @param {CardActions} actions */
  constructor({ onButton, onJob, form, options, unfolding }) {
    this.#form = new AddressForm(form);
    this.#jobButtons = new JobButtons(onJob, ['pause', 'resume', 'cancel'], true);
    this.#reveal = new JobButtons(onJob, ['files', 'reveal']);
    this.#more = new JobButtons(onJob, ['more']);
    this.#more.element.classList.add('square');
    this.#options = new OptionsPanel(options);
    this.#unfolding = new Unfolding(unfolding);
    this.#body = new JobBody(true, this.#options.disclosure.element, this.#unfolding.disclosure.element);
    this.#body.element.prepend(this.#states.element);
    this.#body.element.insertBefore(this.#reasons, this.#body.element.lastElementChild);
    for (const button of [this.#primary, this.#secondary]) {
      button.addEventListener('click', () => onButton(/** @type {Button['action']} */ (button.dataset.action)));
    }
    this.#actions = make('div', { class: 'actions' }, this.#primary, this.#secondary, this.#jobButtons.element, this.#more.element);
    const over = make('div', { class: 'over' }, this.#place, this.#state, this.#reveal.element);
    const head = make('div', { class: 'thread-head' }, over, this.#title, this.#speed.element, this.#body.element);
    this.#thread = make('div', { class: 'thread' }, head, this.#options.element, this.#actions, this.#unfolding.element);
    this.#thread.hidden = true;
    this.element.append(this.#thread);
  }

  /**
   * @param {CardView} view
   * @param {import('./unfolding.js').UnfoldedView|null} unfolded
   */
  update(view, unfolded) {
    setAttribute(this.element, 'data-kind', view.kind);
    setAttribute(this.element, 'aria-busy', String(view.kind === 'loading'));
    const change = () => {
      show(this.#skeleton, view.kind === 'loading');
      show(this.#form.element, view.kind === 'form');
      show(this.#thread, view.kind !== 'loading' && view.kind !== 'form');
      if (view.kind === 'thread') this.#showThread(view);
      else if (view.kind === 'job') this.#showJob(view);
      else if (view.kind === 'trouble') this.#showTrouble(view);
      else if (view.kind === 'form') this.#form.update(view);
      this.#showPicture(view.kind === 'job' ? view : null);
      this.#thread.toggleAttribute('data-undecided', 'isUndecided' in view && view.isUndecided);
      this.#options.update(view.kind === 'thread' || view.kind === 'job' ? view.options : null);
      this.#unfolding.update(view.kind === 'job' ? view.job : null, unfolded);
    };
    const main = view.kind === 'form' ? this.#form.element : this.#actions;
    this.#wantsFocus ||= this.element.contains(document.activeElement);
    keepingFocus(this.element, change, main);
    // A button that is disabled while it works, or not seen any more, has lost it, now or with the next frame: the one that takes
    // its place gets it
    const isLost = () => {
      const { activeElement, body } = document;
      return activeElement === null || activeElement === body || activeElement.matches(':disabled') || !activeElement.checkVisibility({ visibilityProperty: true });
    };
    if (this.#wantsFocus && isLost()) firstUsable(main)?.focus();
    this.#wantsFocus &&= isLost();
  }

  /** What comes next was asked for, and its first field is where the person goes on. */
  wantFocus() {
    this.#wantsFocus = true;
    if (this.element.contains(document.activeElement) || document.activeElement === null) return;
    /** @type {HTMLElement} */ (document.activeElement).blur();
  }

  /** What Enter in a field of the options does. */
  pressPrimary() {
    if (!this.#primary.hidden && !this.#primary.disabled) this.#primary.click();
  }

  /** @param {ThreadCard} view */
  #showThread(view) {
    this.#isJob(null);
    this.#thread.toggleAttribute('data-listing', view.isListing);
    this.#showHead(view.place, view.title, '', 'quiet');
    this.#body.update({ ...view, tone: 'good', pace: '', current: [], note: view.have });
    this.#showButtons(view.primary, view.secondary, [], '', '');
  }

  /** @param {JobCard} view */
  #showJob({ job, primary, secondary, reasons }) {
    this.#isJob(job);
    this.#thread.removeAttribute('data-listing');
    this.#showHead(job.place, job.title, job.stateWord, job.tone);
    this.#body.update(reasons.length > 0 ? { ...job, note: '' } : job);
    this.#showButtons(primary, secondary, job.hasFiles ? [...job.actions, 'files'] : job.actions, job.id, job.title);
  }

  /** @param {import('./card-view.js').TroubleCard} view */
  #showTrouble({ sentence, hint, primary, secondary }) {
    this.#isJob(null);
    this.#showHead('', sentence, '', 'quiet');
    this.#body.update({ fraction: 0, tone: 'quiet', counts: '', aside: '', pace: '', current: [], note: hint });
    this.#showButtons(primary, secondary, [], '', '');
  }

  /**
   * The speed of a job at work, the states of one that has ended; of anything else neither.
   * @param {JobCard|null} view
   */
  #showPicture(view) {
    const parts = view?.parts ?? [];
    show(this.#speed.element, view !== null && parts.length === 0 && view.job.tone !== 'bad');
    this.#speed.update(view?.speed ?? null);
    show(this.#states.element, parts.length > 0);
    this.#states.update(parts, view?.job.counts ?? '');
    this.#body.element.toggleAttribute('data-states', parts.length > 0);
    const texts = view?.reasons ?? [];
    show(this.#reasons, texts.length > 0);
    if (texts.join('\n') !== [...this.#reasons.children].map((each) => each.textContent).join('\n')) {
      this.#reasons.replaceChildren(...texts.map((text) => make('li', {}, text)));
    }
  }

  /**
   * @param {string} place
   * @param {string} title
   * @param {string} state
   * @param {string} tone
   */
  #showHead(place, title, state, tone) {
    setText(this.#place, place);
    setText(this.#title, title);
    setAttribute(this.#title, 'title', title);
    setText(this.#state, state);
    setAttribute(this.#state, 'data-tone', tone);
  }

  /**
   * @param {Button|null} primary
   * @param {Button|null} secondary
   * @param {readonly import('../shared/states.js').JobAction[]} actions
   * @param {string} jobId
   * @param {string} title
   */
  #showButtons(primary, secondary, actions, jobId, title) {
    this.#jobButtons.update(actions, jobId, title);
    this.#reveal.update(actions, jobId, title);
    this.#more.update(actions, jobId, title);
    for (const [button, view] of /** @type {const} */ ([[this.#primary, primary], [this.#secondary, secondary]])) {
      show(button, view !== null);
      if (!view) continue;
      setText(button, view.label);
      setAttribute(button, 'title', view.label);
      setAttribute(button, 'data-action', view.action);
      setAttribute(button, 'data-test', HOOKS[view.action]);
      if (button.disabled === view.enabled) button.disabled = !view.enabled;
    }
  }

  /** @param {import('./job-view.js').JobView|null} job */
  #isJob(job) {
    const attributes = { 'data-test': job && 'job', 'data-job-id': job?.id, 'data-state': job?.state };
    for (const [name, value] of Object.entries(attributes)) {
      if (value) setAttribute(this.#thread, name, value);
      else this.#thread.removeAttribute(name);
    }
  }
}
