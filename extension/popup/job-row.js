/** One job in the list. Built once, then only changed where it differs. */

import { keepingFocus, make, setAttribute, setText } from './dom.js';
import { JobBody } from './job-body.js';
import { JobButtons } from './job-buttons.js';
import { Unfolding } from './unfolding.js';

export class JobRow {
  #open = make('button', { type: 'button', class: 'title', dir: 'auto' });
  #title = make('h3', { 'data-test': 'job-title' }, this.#open);
  #state = make('span', { class: 'state', 'data-test': 'job-state' });
  #place = make('span', { class: 'place' });
  #buttons;
  #body;
  #unfolding;
  #id = '';
  element;

  /** @param {import('./unfolding.js').UnfoldingActions} actions */
  constructor(actions) {
    this.#buttons = new JobButtons(actions.onJob, ['pause', 'resume', 'cancel', 'retry', 'reveal', 'remove', 'more']);
    this.#open.addEventListener('click', () => actions.onJob('files', this.#id, this.#open));
    this.#unfolding = new Unfolding(actions);
    this.#body = new JobBody(true, this.#unfolding.disclosure.element);
    const text = make('div', { class: 'row-text' }, this.#title, make('div', { class: 'under' }, this.#state, this.#place));
    const head = make('div', { class: 'row-head' }, text, this.#buttons.element);
    this.element = make('li', { class: 'row', 'data-test': 'job' }, head, this.#body.element, this.#unfolding.element);
  }

  /**
   * @param {import('./job-view.js').JobView} view
   * @param {import('./unfolding.js').UnfoldedView|null} unfolded
   */
  update(view, unfolded) {
    setAttribute(this.element, 'data-job-id', view.id);
    setAttribute(this.element, 'data-state', view.state);
    this.#id = view.id;
    setText(this.#open, view.title);
    setAttribute(this.#open, 'title', view.title);
    if (this.#open.disabled === view.hasFiles) this.#open.disabled = !view.hasFiles;
    setText(this.#place, view.place);
    setText(this.#state, view.stateWord);
    setAttribute(this.#state, 'data-tone', view.tone);
    // One line: the speed tells more than the bytes, and a name among many jobs tells nothing
    this.#body.update({ ...view, aside: view.pace || view.aside, pace: '', current: [] });
    this.#unfolding.update(view, unfolded);
    keepingFocus(this.#buttons.element, () => this.#buttons.update(view.actions, view.id, view.title));
  }
}
