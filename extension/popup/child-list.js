/**
 * The threads of a board's job: a list of any length of which only the rows in view exist. What is not known yet is asked
 * for when it comes into view.
 */

import { keepingFocus, make, setAttribute, setText, show } from './dom.js';
import { JobButtons } from './job-buttons.js';
import { Progress } from './progress.js';
import { rowsInView } from './window.js';

/** @typedef {import('./job-view.js').JobView} JobView */
/** @typedef {{ids: readonly string[], view: (id: string) => JobView|null, label: string}} ChildrenView */

/** As in jobs.css. */
const ROW_PX = 48;

export class ChildList {
  #rows = make('ul', { class: 'child-rows', role: 'list' });
  element = make('div', { class: 'children', role: 'region', tabindex: '0', 'data-test': 'children' }, this.#rows);
  /** @type {Map<string, ChildRow>} */
  #there = new Map();
  /** @type {ChildrenView} */
  #view = { ids: [], view: () => null, label: '' };
  #onAction;
  #onNeed;
  #isPlaced = false;

  /**
   * @param {import('./job-buttons.js').OnJobAction} onAction
   * @param {() => void} onNeed rows are in view of which nothing is known
   */
  constructor(onAction, onNeed) {
    this.#onAction = onAction;
    this.#onNeed = onNeed;
    this.element.addEventListener('scroll', () => this.#paint(), { passive: true });
  }

  /** @param {ChildrenView} view */
  update(view) {
    this.#view = view;
    setAttribute(this.element, 'aria-label', view.label);
    this.#rows.style.setProperty('--rows', String(view.ids.length));
    this.#paint();
    this.#place();
  }

  /** Once, as soon as anything is known: where the work is. */
  #place() {
    if (this.#isPlaced) return;
    const { ids, view } = this.#view;
    const views = ids.map(view);
    if (!views.some(Boolean)) return;
    this.#isPlaced = true;
    const active = views.findIndex((each) => each?.tone === 'busy' && each.state !== 'queued');
    if (active > 1) this.element.scrollTop = (active - 1) * ROW_PX;
  }

  #paint() {
    const { ids, view } = this.#view;
    const { scrollTop, clientHeight } = this.element;
    const [first, end] = rowsInView({ count: ids.length, row_px: ROW_PX, scroll_px: scrollTop, view_px: clientHeight });
    const wanted = new Set(ids.slice(first, end));
    for (const [id, row] of this.#there) {
      // The row that has the focus stays: the keyboard must not lose its place
      if (wanted.has(id) || (ids.includes(id) && row.element.contains(document.activeElement))) continue;
      row.element.remove();
      this.#there.delete(id);
    }
    let isLacking = false;
    for (let place = first; place < end; place += 1) {
      const id = /** @type {string} */ (ids[place]);
      const known = view(id);
      isLacking ||= known === null;
      this.#row(id, place).update(known, place, ids.length);
    }
    if (isLacking) this.#onNeed();
  }

  /**
   * @param {string} id
   * @param {number} place
   */
  #row(id, place) {
    const known = this.#there.get(id);
    if (known) return known;
    const row = new ChildRow(this.#onAction);
    this.#there.set(id, row);
    // In the order of the list, for the Tab key and for screen readers
    const next = [...this.#rows.children].find((each) => Number(each.getAttribute('aria-posinset')) > place + 1);
    this.#rows.insertBefore(row.element, next ?? null);
    return row;
  }
}

class ChildRow {
  #title = make('button', { type: 'button', class: 'title', dir: 'auto', 'data-test': 'child-title' });
  #state = make('span', { class: 'state' });
  #counts = make('span', { class: 'counts' });
  #progress = new Progress();
  #buttons;
  #text;
  #id = '';
  element;

  /** @param {import('./job-buttons.js').OnJobAction} onAction */
  constructor(onAction) {
    this.#buttons = new JobButtons(onAction, ['pause', 'resume', 'cancel', 'retry', 'reveal', 'more']);
    this.#title.addEventListener('click', () => onAction('files', this.#id, this.#title));
    const under = make('span', { class: 'under' }, this.#state, this.#counts);
    this.#text = make('div', { class: 'child-text' }, this.#title, under, this.#progress.element);
    this.element = make('li', { class: 'child', 'data-test': 'child' }, this.#text, this.#buttons.element);
  }

  /**
   * @param {JobView|null} view null while it is not known
   * @param {number} place
   * @param {number} count
   */
  update(view, place, count) {
    this.element.style.setProperty('--row', String(place));
    setAttribute(this.element, 'aria-posinset', String(place + 1));
    setAttribute(this.element, 'aria-setsize', String(count));
    this.element.toggleAttribute('data-unknown', view === null);
    show(this.#text, view !== null);
    const actions = view?.actions.filter((action) => action !== 'remove') ?? [];
    keepingFocus(this.#buttons.element, () => this.#buttons.update(actions, view?.id ?? '', view?.title ?? ''));
    if (!view) return;
    setAttribute(this.element, 'data-state', view.state);
    this.#id = view.id;
    setText(this.#title, view.title);
    if (this.#title.disabled === view.hasFiles) this.#title.disabled = !view.hasFiles;
    setAttribute(this.#title, 'title', view.title);
    setText(this.#state, view.stateWord);
    setAttribute(this.#state, 'data-tone', view.tone);
    // Why it failed is worth more than how many files it might have had
    setText(this.#counts, view.note || view.counts);
    setAttribute(this.#counts, 'title', view.note || view.counts);
    this.#progress.update(view.fraction, view.tone);
    show(this.#progress.element, view.tone === 'busy' || view.state === 'paused' || view.state === 'incomplete');
  }
}
