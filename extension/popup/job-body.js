/**
 * What a row and the card both show of a job: the bar and two lines below it. The lines are always there, so that nothing
 * moves while numbers change.
 */

import { splitName } from '../shared/format.js';
import { make, setAttribute, setText, show } from './dom.js';
import { Progress } from './progress.js';

/** @typedef {{fraction: number|null, tone: string, counts: string, aside: string, pace: string, current: string[], note: string}} Body */

export class JobBody {
  #progress;
  #counts = make('span', { class: 'counts' });
  #aside = make('span', { class: 'figure' });
  #head = make('span', { class: 'name-head' });
  #tail = make('span', { class: 'name-tail' });
  #current = make('span', { class: 'name', dir: 'auto' }, this.#head, this.#tail);
  #note = make('span', { class: 'note', dir: 'auto' });
  #pace = make('span', { class: 'figure' });
  #first = make('div', { class: 'line first' }, this.#counts, this.#aside);
  #second = make('div', { class: 'line' }, this.#current, this.#note, this.#pace);
  element;

  /**
   * @param {boolean} ofJob whether it has a job's hooks for tests
   * @param {...HTMLElement} ends what stands at the end of the second line
   */
  constructor(ofJob, ...ends) {
    this.#progress = new Progress(ofJob ? 'job-progress' : undefined);
    if (ofJob) this.#counts.setAttribute('data-test', 'job-counts');
    this.#note.setAttribute('data-test', 'job-note');
    this.#second.append(...ends);
    this.element = make('div', { class: 'body' }, this.#progress.element, this.#first, this.#second);
  }

  /** @param {Body} view */
  update({ fraction, tone, counts, aside, pace, current, note }) {
    this.#progress.update(fraction, tone);
    setText(this.#counts, counts);
    setText(this.#aside, aside);
    setText(this.#pace, pace);
    // One name tells that it moves; the tooltip has them all
    const [head, tail] = splitName(current[0] ?? '');
    setText(this.#head, head);
    setText(this.#tail, tail);
    setAttribute(this.#current, 'title', current.join('\n'));
    setText(this.#note, note);
    show(this.#current, note === '');
    show(this.#note, note !== '');
    this.#first.toggleAttribute('data-bare', counts === '');
    this.#second.toggleAttribute('data-empty', note === '' && current.length === 0 && pace === '');
    setAttribute(this.element, 'data-tone', tone);
  }
}
