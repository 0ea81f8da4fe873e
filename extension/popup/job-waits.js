/** What a job waits for, in words: a host that asks for a rest, the next look at a watched thread. Pure. */

import { isActive, isWaitingForNews } from '../shared/states.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('./job-view.js').Words} Words */

/**
 * Seconds until then; 0 when it is past.
 * @param {number} then_s Unix seconds
 * @param {number} now_ms
 */
const secondsTo = (then_s, now_ms) => Math.max(0, then_s - now_ms / 1000);

/**
 * Nothing of it moves, because the host it needs is left alone.
 * @param {Job} job
 * @param {number} now_ms
 */
export function isResting(job, now_ms) {
  const { cooldown } = job;
  return isActive(job) && job.files.active === 0 && cooldown !== null && !cooldown.trying && secondsTo(cooldown.until, now_ms) > 0;
}

/**
 * "i.4cdn.org asks for a rest: 0:43", or that it refuses programs, counted down without being told, unless the browser does
 * better meanwhile.
 * @param {Job} job
 * @param {Words} words
 * @param {number} now_ms
 */
export function restText(job, { t, format }, now_ms) {
  if (!job.cooldown || !isActive(job)) return '';
  if (job.cooldown.trying) return t('cooling_trying', job.cooldown.host);
  const left_s = secondsTo(job.cooldown.until, now_ms);
  if (left_s <= 0) return '';
  return t(job.cooldown.refusing ? 'cooling_refused' : 'cooling_down', job.cooldown.host, format.countdown(left_s));
}

/**
 * "Next look in 40 sec"
 * @param {Job} job
 * @param {Words} words
 * @param {number} now_ms
 */
export function watchText(job, { t, format }, now_ms) {
  if (!isWaitingForNews(job)) return '';
  const left_s = job.watch?.next ? secondsTo(job.watch.next, now_ms) : 0;
  return left_s > 0 ? t('next_look', format.duration(left_s)) : t('looking');
}
