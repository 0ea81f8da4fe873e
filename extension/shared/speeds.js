/** The speeds of jobs over the last minute, one for each second. Pure. Begun by the background, gone on with by the popup. */

import { isActive } from './states.js';

export const SPEED_SECONDS = 60;

/** Of each job, Unix seconds with bytes a second, oldest first. @typedef {Readonly<Record<string, readonly (readonly [second: number, rate_bps: number])[]>>} Speeds */

/**
 * With what newer views of jobs tell; a job that rests or has ended has no speeds.
 * @param {Speeds} speeds
 * @param {readonly import('./types.js').Job[]} jobs
 * @param {number} now_ms milliseconds since 1970
 * @returns {Speeds}
 */
export function withSpeeds(speeds, jobs, now_ms) {
  const second = Math.floor(now_ms / 1000);
  const next = { ...speeds };
  for (const job of jobs) {
    if (isActive(job)) next[job.id] = [...kept(speeds[job.id] ?? [], second), [second, job.speed]];
    else delete next[job.id];
  }
  return next;
}

/**
 * @param {Speeds[string]} samples
 * @param {number} second the one that is about to be told anew
 */
const kept = (samples, second) => samples.filter(([at]) => at > second - SPEED_SECONDS && at < second);

/**
 * What a graph shows: one value for each of the last seconds, null before anything was measured. A second that told nothing is
 * as the one before it, but no longer than `QUIET_S`: then nothing moves.
 * @param {Speeds[string]|undefined} samples
 * @param {number} now_ms
 * @returns {(number|null)[]}
 */
export function lastMinute(samples, now_ms) {
  const last = Math.floor(now_ms / 1000);
  const told = new Map(samples ?? []);
  const first = Math.min(...told.keys());
  return Array.from({ length: SPEED_SECONDS }, (_, place) => {
    const second = last - SPEED_SECONDS + 1 + place;
    if (!(second >= first)) return null;
    for (let back = 0; back <= QUIET_S; back += 1) {
      const rate = told.get(second - back);
      if (rate !== undefined) return rate;
    }
    return 0;
  });
}

/** Updates of a job that moves come several times a second. */
const QUIET_S = 2;
