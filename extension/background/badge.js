/**
 * The toolbar button's face: how many files are still to come while jobs run, "!" after trouble until a popup has shown
 * it, nothing when all is quiet or threads are only watched; the tooltip says the same in words.
 */

import { isActive, isWaitingForNews } from '../shared/states.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {{text: string, colour: string, title: string}} Face */

const BUSY = '#0b6e57';
const PAUSED = '#5f6368';
const TROUBLE = '#b3261e';

/** More digits than three are not legible on a badge. */
const MOST_FILES = 999;

/**
 * @param {readonly Job[]} jobs
 * @param {import('../shared/types.js').Trouble|null} trouble
 * @param {import('../shared/types.js').Words} words
 * @returns {Face}
 */
export function face(jobs, trouble, { t, tn, format }) {
  const name = t('extension_name');
  const active = jobs.filter((job) => isActive(job) && !isWaitingForNews(job));
  if (trouble) return { text: '!', colour: TROUBLE, title: t('tooltip', name, trouble.text) };
  if (active.length) {
    const speed = active.reduce((sum, job) => sum + job.speed, 0);
    const left = tn('files_to_go', filesToGo(active));
    const doing = speed > 0 ? t('tooltip_with_speed', left, format.speed(speed)) : left;
    return { text: progressText(active, format), colour: BUSY, title: t('tooltip', name, doing) };
  }
  const paused = jobs.filter((job) => job.state === 'paused');
  if (paused.length) {
    return { text: progressText(paused, format), colour: PAUSED, title: t('tooltip', name, tn('jobs_paused', paused.length)) };
  }
  const watched = jobs.filter(isWaitingForNews).length;
  return { text: '', colour: BUSY, title: watched ? t('tooltip', name, tn('threads_watched', watched)) : name };
}

/** @param {readonly Job[]} jobs */
const filesToGo = (jobs) => jobs.reduce((sum, job) => sum + Math.max(0, job.files.total - job.files.done), 0);

/**
 * @param {readonly Job[]} jobs
 * @param {import('../shared/format.js').Format} format
 */
function progressText(jobs, format) {
  const left = filesToGo(jobs);
  if (left === 0) return '…'; // the thread is being read
  if (left <= MOST_FILES) return String(left);
  const total = jobs.reduce((sum, job) => sum + job.files.total, 0);
  return format.percent(1 - left / total);
}

export class Badge {
  #action;
  /** @type {Partial<Face>} */
  #shown = {};

  /** @param {typeof chrome.action} action */
  constructor(action) {
    this.#action = action;
  }

  /**
   * Show this face. Only what is different from the last one is said to the browser: progress comes often.
   * @param {Face} next
   */
  async show(next) {
    const before = this.#shown;
    this.#shown = next;
    await Promise.all([
      next.colour !== before.colour && this.#action.setBadgeBackgroundColor({ color: next.colour }),
      next.colour !== before.colour && this.#action.setBadgeTextColor({ color: '#ffffff' }),
      next.text !== before.text && this.#action.setBadgeText({ text: next.text }),
      next.title !== before.title && this.#action.setTitle({ title: next.title }),
    ]);
  }
}
