/** Says to screen readers when a job changes its state, and nothing else: numbers that move are not news. */

import { t } from '../shared/i18n.js';
import { byId } from './dom.js';

export class Announcer {
  #region = byId('announcer');
  /** @type {Map<string, string>|null} */
  #states = null;

  /** @param {readonly import('./job-view.js').JobView[]} jobs */
  update(jobs) {
    const before = this.#states;
    this.#states = new Map(jobs.map((job) => [job.id, job.state]));
    if (!before) return; // what is there when the popup opens is read, not announced
    const news = jobs.filter((job) => before.get(job.id) !== job.state).map((job) => t('announce', job.title, job.stateWord));
    if (news.length) this.#region.textContent = news.join(' ');
  }
}
