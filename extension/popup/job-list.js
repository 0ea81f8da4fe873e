/** The list of jobs, keyed by id: rows are moved, added and taken away, never built anew. */

import { byId, keepingFocus, show } from './dom.js';
import { JobRow } from './job-row.js';

export class JobList {
  #section = byId('downloads');
  #list = byId('jobs');
  #actions;
  /** @type {Map<string, JobRow>} */
  #rows = new Map();

  /** @param {import('./unfolding.js').UnfoldingActions} actions */
  constructor(actions) {
    this.#actions = actions;
  }

  /**
   * @param {readonly import('./job-view.js').JobView[]} views
   * @param {import('./unfolding.js').UnfoldedView|null} unfolded
   */
  update(views, unfolded) {
    keepingFocus(this.#section, () => {
      const ids = new Set(views.map(({ id }) => id));
      for (const [id, row] of this.#rows) {
        if (ids.has(id)) continue;
        row.element.remove();
        this.#rows.delete(id);
      }
      views.forEach((view, place) => {
        const row = this.#rows.get(view.id) ?? new JobRow(this.#actions);
        this.#rows.set(view.id, row);
        row.update(view, unfolded);
        const there = this.#list.children[place] ?? null;
        if (there !== row.element) this.#list.insertBefore(row.element, there);
      });
      show(this.#section, views.length > 0);
    });
  }
}
