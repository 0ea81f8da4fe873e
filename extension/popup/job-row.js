/** One job in the list. Built once, then only changed where it differs. */

import { keepingFocus, make, setAttribute, setText } from './dom.js';
import { JobBody } from './job-body.js';
import { JobButtons } from './job-buttons.js';

export class JobRow {
  #title = make('h3', { class: 'title', 'data-test': 'job-title', dir: 'auto' });
  #state = make('span', { class: 'state', 'data-test': 'job-state' });
  #place = make('span', { class: 'place' });
  #buttons;
  #body = new JobBody(true);
  element;

  /** @param {import('./job-buttons.js').OnJobAction} onAction */
  constructor(onAction) {
    this.#buttons = new JobButtons(onAction);
    const text = make('div', { class: 'row-text' }, this.#title, make('div', { class: 'under' }, this.#state, this.#place));
    const head = make('div', { class: 'row-head' }, text, this.#buttons.element);
    this.element = make('li', { class: 'row', 'data-test': 'job' }, head, this.#body.element);
  }

  /** @param {import('./job-view.js').JobView} view */
  update(view) {
    setAttribute(this.element, 'data-job-id', view.id);
    setAttribute(this.element, 'data-state', view.state);
    setText(this.#title, view.title);
    setAttribute(this.#title, 'title', view.title);
    setText(this.#place, view.place);
    setText(this.#state, view.stateWord);
    setAttribute(this.#state, 'data-tone', view.tone);
    this.#body.update(view);
    keepingFocus(this.#buttons.element, () => this.#buttons.update(view.actions, view.id, view.title));
  }
}
