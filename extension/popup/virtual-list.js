/**
 * A list of any length of which only the rows in view exist, all of one height. The arrow keys walk from row to row, Tab goes
 * to the buttons of the row one is at; the row that has the focus stays, wherever the list is scrolled to.
 */

import { make, setAttribute } from './dom.js';
import { rowsInView } from './window.js';

/**
 * @template View
 * @typedef {object} Row
 * @property {HTMLElement} element a list item
 * @property {(view: View) => void} update
 */

/** How far Page Up and Page Down go, in rows. */
const PAGE_ROWS = 6;

/** @template View */
export class VirtualList {
  #rows = make('ul', { class: 'virtual-rows', role: 'list' });
  element = make('div', { class: 'virtual' }, this.#rows);
  #row_px;
  #make;
  #onNear;
  /** @type {Map<string, Row<View>>} */
  #there = new Map();
  /** @type {readonly string[]} */
  #ids = [];
  /** @type {(id: string) => View|null} */
  #view = () => null;
  /** The row that Tab leads to. */
  #current = '';

  /**
   * @param {{row_px: number, make: () => Row<View>, hook: string, onNear?: () => void}} parts `onNear`: its end comes into view
   */
  constructor({ row_px, make: makeRow, hook, onNear = () => undefined }) {
    this.#row_px = row_px;
    this.#make = makeRow;
    this.#onNear = onNear;
    this.element.setAttribute('data-test', hook);
    this.element.style.setProperty('--row-px', `${row_px}px`);
    this.element.addEventListener('scroll', () => this.#paint(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('focusin', (event) => this.#come(/** @type {HTMLElement} */ (event.target)));
    // It is given its height by the page around it, which may come later than its rows
    new ResizeObserver(() => this.#paint()).observe(this.element);
  }

  /**
   * @param {readonly string[]} ids of all rows, in order
   * @param {(id: string) => View|null} view of one of them
   * @param {string} label for screen readers
   */
  update(ids, view, label) {
    this.#ids = ids;
    this.#view = view;
    setAttribute(this.#rows, 'aria-label', label);
    this.#rows.style.setProperty('--rows', String(ids.length));
    this.#paint();
  }

  /** The first row again. */
  rewind() {
    this.element.scrollTop = 0;
    this.#current = '';
  }

  #paint() {
    const { scrollTop, clientHeight } = this.element;
    const [first, end] = rowsInView({ count: this.#ids.length, row_px: this.#row_px, scroll_px: scrollTop, view_px: clientHeight });
    const wanted = new Set(this.#ids.slice(first, end));
    const all = this.#there.size > 0 ? new Set(this.#ids) : wanted;
    for (const [id, row] of this.#there) {
      if (wanted.has(id) || (all.has(id) && row.element.contains(document.activeElement))) continue;
      row.element.remove();
      this.#there.delete(id);
    }
    for (let place = first; place < end; place += 1) this.#show(/** @type {string} */ (this.#ids[place]), place);
    if (!this.#there.has(this.#current)) this.#current = this.#ids[Math.max(0, Math.ceil(scrollTop / this.#row_px))] ?? '';
    for (const [id, { element }] of this.#there) this.#mayBeTabbedTo(element, id === this.#current);
    if (end >= this.#ids.length) this.#onNear();
  }

  /**
   * @param {string} id
   * @param {number} place
   */
  #show(id, place) {
    const view = this.#view(id);
    if (view === null) return;
    let row = this.#there.get(id);
    if (!row) {
      row = this.#make();
      row.element.dataset.id = id;
      this.#there.set(id, row);
    }
    row.element.style.setProperty('--row', String(place));
    setAttribute(row.element, 'aria-posinset', String(place + 1));
    setAttribute(row.element, 'aria-setsize', String(this.#ids.length));
    row.update(view);
    // In the order of the list, for the Tab key and for screen readers
    if (row.element.parentNode === this.#rows && isInOrder(row.element, place)) return;
    const next = [...this.#rows.children].find((each) => each !== row.element && placeOf(each) > place);
    this.#rows.insertBefore(row.element, next ?? null);
  }

  /**
   * @param {HTMLElement} row
   * @param {boolean} isCurrent
   */
  #mayBeTabbedTo(row, isCurrent) {
    for (const each of [row, ...row.querySelectorAll('button')]) setAttribute(each, 'tabindex', isCurrent ? '0' : '-1');
  }

  /** @param {HTMLElement} target that has the focus now */
  #come(target) {
    const row = /** @type {HTMLElement|null} */ (target.closest('[data-id]'));
    if (!row?.dataset.id || row.dataset.id === this.#current) return;
    this.#current = row.dataset.id;
    for (const [id, { element }] of this.#there) this.#mayBeTabbedTo(element, id === this.#current);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const here = this.#ids.indexOf(this.#current);
    /** @type {Record<string, number>} */
    const places = {
      ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + PAGE_ROWS, PageUp: here - PAGE_ROWS, Home: 0, End: this.#ids.length - 1,
    };
    const place = places[event.key];
    if (place === undefined || this.#ids.length === 0) return;
    event.preventDefault();
    this.#goTo(Math.min(Math.max(0, place), this.#ids.length - 1));
  }

  /** @param {number} place */
  #goTo(place) {
    const top = place * this.#row_px;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.#row_px > scrollTop + clientHeight) this.element.scrollTop = top + this.#row_px - clientHeight;
    this.#paint();
    this.#there.get(this.#ids[place] ?? '')?.element.focus({ preventScroll: true });
  }
}

/** @param {Element} row */
const placeOf = (row) => Number(row.getAttribute('aria-posinset')) - 1;

/**
 * @param {Element} row
 * @param {number} place
 */
function isInOrder(row, place) {
  const { previousElementSibling: before, nextElementSibling: after } = row;
  return (!before || placeOf(before) < place) && (!after || placeOf(after) > place);
}
