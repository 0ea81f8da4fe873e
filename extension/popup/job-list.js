/** The list of jobs, keyed by id: rows are moved, added and taken away, never built anew. */

import { byId, keepingFocus, show } from './dom.js';
import { JobRow } from './job-row.js';

export class JobList {
  #section = byId('downloads');
  #list = byId('jobs');
  #clear = byId('clear');
  #onAction;
  /** @type {Map<string, JobRow>} */
  #rows = new Map();

  /**
   * @param {import('./job-buttons.js').OnJobAction} onAction
   * @param {() => void} onClear
   */
  constructor(onAction, onClear) {
    this.#onAction = onAction;
    this.#clear.addEventListener('click', onClear);
  }

  /**
   * @param {readonly import('./job-view.js').JobView[]} views
   * @param {boolean} mayClear
   */
  update(views, mayClear) {
    keepingFocus(this.#section, () => {
      const ids = new Set(views.map(({ id }) => id));
      for (const [id, row] of this.#rows) {
        if (ids.has(id)) continue;
        row.element.remove();
        this.#rows.delete(id);
      }
      views.forEach((view, place) => {
        const row = this.#rows.get(view.id) ?? new JobRow(this.#onAction);
        this.#rows.set(view.id, row);
        row.update(view);
        const there = this.#list.children[place] ?? null;
        if (there !== row.element) this.#list.insertBefore(row.element, there);
      });
      show(this.#clear, mayClear);
      show(this.#section, views.length > 0);
    });
  }
}
