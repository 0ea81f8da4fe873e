/**
 * The card of this page. Its parts stay in their places through all states: skeleton, thread, job, outcome have one
 * height; only the field for another address is a layout of its own.
 */

import { t } from '../shared/i18n.js';
import { byId, firstUsable, keepingFocus, make, setAttribute, setText, show } from './dom.js';
import { JobBody } from './job-body.js';
import { JobButtons } from './job-buttons.js';

/** @typedef {import('./card-view.js').Button} Button */
/** @typedef {import('./card-view.js').CardView} CardView */
/** @typedef {import('./card-view.js').JobCard} JobCard */
/** @typedef {import('./card-view.js').ThreadCard} ThreadCard */

const HOOKS = Object.freeze({ start: 'download', inspect: 'check-again', retry: 'retry' });

/**
 * @typedef {object} CardActions
 * @property {(action: Button['action']) => void} onButton
 * @property {import('./job-buttons.js').OnJobAction} onJob
 * @property {(address: string) => void} onAddress
 */

export class Card {
  element = byId('card');
  #skeleton = byId('skeleton');
  #place = make('span', { class: 'place' });
  #state = make('span', { class: 'state', 'data-test': 'job-state' });
  #title = make('h2', { class: 'title', 'data-test': 'page-title', dir: 'auto' });
  #body = new JobBody(true);
  #primary = make('button', { type: 'button', class: 'button primary' });
  #secondary = make('button', { type: 'button', class: 'button' });
  #jobButtons;
  #reveal;
  #actions;
  #thread;
  #form = /** @type {HTMLFormElement} */ (byId('form'));
  #sentence = byId('form-sentence');
  #field = /** @type {HTMLInputElement} */ (byId('field'));
  #submit = /** @type {HTMLButtonElement} */ (byId('submit'));
  #formError = byId('form-error');
  /** Whether the focus is to be here: as soon as there is something that can have it. */
  #wantsFocus = true;

  /** @param {CardActions} actions */
  constructor({ onButton, onJob, onAddress }) {
    this.#jobButtons = new JobButtons(onJob, ['pause', 'resume', 'cancel'], true);
    this.#reveal = new JobButtons(onJob, ['reveal']);
    for (const button of [this.#primary, this.#secondary]) {
      button.addEventListener('click', () => onButton(/** @type {Button['action']} */ (button.dataset.action)));
    }
    this.#actions = make('div', { class: 'actions' }, this.#primary, this.#secondary, this.#jobButtons.element);
    const over = make('div', { class: 'over' }, this.#place, this.#state, this.#reveal.element);
    this.#thread = make('div', { class: 'thread' }, over, this.#title, this.#body.element, this.#actions);
    this.#thread.hidden = true;
    this.element.append(this.#thread);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const address = this.#field.value.trim();
      if (address) onAddress(address);
    });
  }

  /** @param {CardView} view */
  update(view) {
    setAttribute(this.element, 'data-kind', view.kind);
    setAttribute(this.element, 'aria-busy', String(view.kind === 'loading'));
    const change = () => {
      show(this.#skeleton, view.kind === 'loading');
      show(this.#form, view.kind === 'form');
      show(this.#thread, view.kind !== 'loading' && view.kind !== 'form');
      if (view.kind === 'thread') this.#showThread(view);
      else if (view.kind === 'job') this.#showJob(view);
      else if (view.kind === 'trouble') this.#showTrouble(view);
      else if (view.kind === 'form') this.#showForm(view);
    };
    const main = view.kind === 'form' ? this.#form : this.#actions;
    this.#wantsFocus ||= this.element.contains(document.activeElement);
    keepingFocus(this.element, change, main);
    // A button that is disabled while it works has lost it: the one that takes its place later gets it
    if (this.#wantsFocus && document.activeElement === document.body) firstUsable(main)?.focus();
    this.#wantsFocus &&= document.activeElement === document.body;
  }

  /** The address was taken: the field is free for the next. */
  clearField() {
    this.#field.value = '';
  }

  /** @param {ThreadCard} view */
  #showThread(view) {
    this.#isJob(null);
    this.#showHead(view.place, view.title, '', 'quiet');
    this.#body.update({ ...view, tone: 'good', pace: '', current: [], note: view.have });
    this.#showButtons(view.primary, view.secondary, [], '', '');
  }

  /** @param {JobCard} view */
  #showJob({ job, primary, secondary }) {
    this.#isJob(job);
    this.#showHead(job.place, job.title, job.stateWord, job.tone);
    this.#body.update(job);
    this.#showButtons(primary, secondary, job.actions, job.id, job.title);
  }

  /** @param {import('./card-view.js').TroubleCard} view */
  #showTrouble({ sentence, hint, primary }) {
    this.#isJob(null);
    this.#showHead('', sentence, '', 'quiet');
    this.#body.update({ fraction: 0, tone: 'quiet', counts: '', aside: '', pace: '', current: [], note: hint });
    this.#showButtons(primary, null, [], '', '');
  }

  /** @param {import('./card-view.js').FormCard} view */
  #showForm({ sentence, error, busy }) {
    setText(this.#sentence, sentence);
    setText(this.#formError, error);
    setAttribute(this.#field, 'aria-invalid', String(error !== ''));
    setText(this.#submit, t(busy ? 'starting' : 'url_start'));
    this.#submit.disabled = busy;
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
