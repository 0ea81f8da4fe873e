/**
 * What the host tells of jobs goes into the mirror and on to the pages. Of jobs that a board's job made only the pages hear,
 * gathered (see child-news.js).
 */

import { isChild } from '../shared/states.js';
import { ChildNews } from './child-news.js';

/** @typedef {import('../shared/types.js').Job} Job */

/**
 * @typedef {object} JobNewsParts
 * @property {import('./mirror.js').Mirror} mirror
 * @property {(delta: import('../shared/types.js').Delta) => void} tell the pages
 * @property {() => boolean} hasReader whether a page shows what is told
 * @property {import('../shared/clock.js').Clock} clock
 */

export class JobNews {
  #mirror;
  #tell;
  #childNews;

  /** @param {JobNewsParts} parts */
  constructor({ mirror, tell, hasReader, clock }) {
    this.#mirror = mirror;
    this.#tell = tell;
    this.#childNews = new ChildNews({ tell: (jobs) => tell({ type: 'children.changed', jobs }), hasReader, clock });
  }

  /**
   * An event of the host's. Returns whether the jobs of the mirror are others now.
   * @param {import('../shared/types.js').JobEvent} event
   */
  take(event) {
    if (event.type === 'jobs.removed') {
      this.remove(event.jobs);
      return true;
    }
    if (event.type === 'files.changed') {
      // Those of boards' threads would be many, and nobody shows them
      if (this.#mirror.job(event.job)) this.#tell(event);
      return false;
    }
    if (isChild(event.job)) {
      this.#childNews.put([event.job]);
      return false;
    }
    this.#mirror.put([event.job]);
    this.#tell(event);
    return true;
  }

  /** Newer views, from an answer. @param {readonly Job[]} jobs */
  put(jobs) {
    this.#mirror.put(jobs);
    for (const job of jobs.filter((each) => !isChild(each))) this.#tell({ type: 'job.update', job });
    this.#childNews.put(jobs.filter(isChild));
    this.#childNews.tell();
  }

  /** These are listed no more. @param {string[]} ids */
  remove(ids) {
    this.#childNews.tell();
    this.#mirror.remove(ids);
    this.#tell({ type: 'jobs.removed', jobs: ids });
  }
}
