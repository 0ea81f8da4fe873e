/** The files of a job as one bar: a part for each state, together the whole, with the numbers in a table for screen readers. */

import { t } from '../shared/i18n.js';
import { make, setAttribute, setText } from './dom.js';

/** @typedef {import('./files-view.js').PartView} PartView */

export class StateBar {
  #bar = make('div', { class: 'state-bar', 'aria-hidden': 'true' });
  #body = make('tbody');
  #caption = make('caption');
  #table = make('table', { 'data-test': 'state-table' }, this.#caption, head(), this.#body);
  // Around the table, for Firefox would show its caption
  element = make('div', { class: 'states' }, this.#bar, make('div', { class: 'visually-hidden' }, this.#table));
  /** @type {Map<string, {part: HTMLElement, row: HTMLElement, number: HTMLElement, share: HTMLElement}>} */
  #there = new Map();

  /**
   * @param {readonly PartView[]} parts
   * @param {string} caption
   */
  update(parts, caption) {
    setText(this.#caption, caption);
    const states = new Set(parts.map(({ state }) => String(state)));
    for (const [state, { part, row }] of this.#there) {
      if (states.has(state)) continue;
      part.remove();
      row.remove();
      this.#there.delete(state);
    }
    parts.forEach((view, place) => {
      const { part, row, number, share } = this.#there.get(view.state) ?? this.#make(view);
      part.style.setProperty('--part', String(view.count));
      setAttribute(part, 'data-group', view.group);
      setAttribute(part, 'title', t('part', view.word, view.number));
      setText(number, view.number);
      setText(share, view.share);
      if (this.#bar.children[place] !== part) this.#bar.insertBefore(part, this.#bar.children[place] ?? null);
      if (this.#body.children[place] !== row) this.#body.insertBefore(row, this.#body.children[place] ?? null);
    });
  }

  /** @param {PartView} view */
  #make({ state, word }) {
    const [number, share] = [make('td'), make('td')];
    const made = { part: make('span', { 'data-state': state }), row: make('tr', {}, make('th', { scope: 'row' }, word), number, share), number, share };
    this.#there.set(state, made);
    return made;
  }
}

function head() {
  const names = /** @type {const} */ (['table_state', 'table_files', 'table_share']);
  return make('thead', {}, make('tr', {}, ...names.map((name) => make('th', { scope: 'col' }, t(name)))));
}
