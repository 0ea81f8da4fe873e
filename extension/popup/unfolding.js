/** What a row and the card can unfold of a job: the threads of a board, or the new files of a watched thread. */

import { t } from '../shared/i18n.js';
import { ChildList } from './child-list.js';
import { Disclosure } from './disclosure.js';
import { make, show } from './dom.js';
import { NewFiles } from './new-files.js';

/** @typedef {import('./job-view.js').JobView} JobView */
/** @typedef {{job: string, threads: import('./child-list.js').ChildrenView} | {job: string, files: import('./new-files.js').NewFilesView}} UnfoldedView */
/** @typedef {{onUnfold: (job: string, what: 'threads'|'new') => void, onNeed: () => void, onJob: import('./job-buttons.js').OnJobAction}} UnfoldingActions */

let lastNumber = 0;

export class Unfolding {
  #id = `unfolded-${++lastNumber}`;
  element = make('div', { class: 'unfolded', id: this.#id });
  disclosure;
  #actions;
  /** @type {JobView|null} */
  #job = null;
  /** Made anew each time it is unfolded: folded, it costs nothing. @type {ChildList|NewFiles|null} */
  #list = null;

  /** @param {UnfoldingActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.element.hidden = true;
    this.disclosure = new Disclosure(() => {
      if (this.#job?.unfolding) actions.onUnfold(this.#job.id, this.#job.unfolding.what);
    });
  }

  /**
   * @param {JobView|null} job
   * @param {UnfoldedView|null} unfolded of whichever job
   */
  update(job, unfolded) {
    this.#job = job;
    const mine = job?.unfolding && unfolded?.job === job.id ? unfolded : null;
    this.disclosure.update(
      job?.unfolding
        ? {
            label: job.unfolding.label,
            name: t('action_of', job.unfolding.label, job.title),
            hook: `unfold-${job.unfolding.what}`,
            isOpen: mine !== null,
            controls: this.#id,
          }
        : null,
    );
    show(this.element, mine !== null);
    const isThreads = mine !== null && 'threads' in mine;
    if (mine === null || this.#list instanceof ChildList !== isThreads) {
      this.#list?.element.remove();
      this.#list = null;
    }
    if (mine === null) return;
    if ('threads' in mine) {
      const list = this.#list instanceof ChildList ? this.#list : new ChildList(this.#actions.onJob, this.#actions.onNeed);
      this.#put(list);
      list.update(mine.threads);
    } else {
      const list = this.#list instanceof NewFiles ? this.#list : new NewFiles();
      this.#put(list);
      list.update(mine.files);
    }
  }

  /** @param {ChildList|NewFiles} list */
  #put(list) {
    if (this.#list === list) return;
    this.#list = list;
    this.element.append(list.element);
    this.element.scrollIntoView({ block: 'nearest' });
  }
}
