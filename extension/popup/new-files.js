/** The files that a watched thread has brought since the first look, newest first, each with its state. */

import { splitName } from '../shared/format.js';
import { t } from '../shared/i18n.js';
import { make, setAttribute, setText } from './dom.js';

/** @typedef {import('../shared/types.js').JobFile} JobFile */
/** @typedef {{files: readonly JobFile[], label: string}} NewFilesView */

export class NewFiles {
  #list = make('ul', { class: 'new-files', role: 'list', 'data-test': 'new-files' });
  element = make('div', { class: 'children', role: 'region', tabindex: '0' }, this.#list);
  /** @type {Map<string, {element: HTMLElement, state: HTMLElement}>} */
  #rows = new Map();

  /** @param {NewFilesView} view */
  update({ files, label }) {
    setAttribute(this.element, 'aria-label', label);
    const ids = new Set(files.map(({ id }) => id));
    for (const [id, { element }] of this.#rows) {
      if (ids.has(id)) continue;
      element.remove();
      this.#rows.delete(id);
    }
    files.forEach((file, place) => {
      const row = this.#rows.get(file.id) ?? this.#make(file);
      this.#rows.set(file.id, row);
      setAttribute(row.element, 'data-state', file.state);
      setText(row.state, t(file.state === 'saved' && file.reason === 'browser' ? 'file_saved_browser' : `file_${file.state}`));
      const there = this.#list.children[place] ?? null;
      if (there !== row.element) this.#list.insertBefore(row.element, there);
    });
  }

  /** @param {JobFile} file */
  #make({ name }) {
    const [head, tail] = splitName(name);
    const parts = [make('span', { class: 'name-head' }, head), make('span', { class: 'name-tail' }, tail)];
    const state = make('span', { class: 'file-state' });
    return { element: make('li', {}, make('span', { class: 'name', dir: 'auto', title: name }, ...parts), state), state };
  }
}
