/**
 * A job in words and numbers, as a row or the card of its page shows it. Pure: job in, texts out.
 */

import { NOT_TO_BE_HAD, ON_DISK, countOf, isActive, isEnded, isListing, isWaitingForNews, permitted } from '../shared/states.js';
import { isResting, restText, watchText } from './job-waits.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/states.js').JobAction} JobAction */
/** @typedef {import('../shared/types.js').Words} Words */

/**
 * @typedef {object} JobView
 * @property {string} id
 * @property {import('../shared/types.js').JobState} state
 * @property {string} title
 * @property {string} place "4chan · /g/ · 123"
 * @property {string} stateWord
 * @property {'busy'|'quiet'|'good'|'bad'} tone
 * @property {number|null} fraction of the way, 0 to 1; null while nobody knows
 * @property {string} counts
 * @property {string} aside beside the counts: bytes; of an ended job, when it ended
 * @property {string} pace speed and time left
 * @property {string[]} current the names of the files on their way
 * @property {string} note why it is not complete, or what it waits for, in words, or ''
 * @property {Unfolding|null} unfolding what there is to unfold
 * @property {boolean} hasFiles whether its files can be shown one by one
 * @property {boolean} mayBeWatched
 * @property {boolean} isWatched
 * @property {import('../shared/types.js').Priority} priority
 * @property {boolean} isCounting whether a time in it runs
 * @property {JobAction[]} actions
 */

/** @typedef {{what: 'threads'|'new', label: string}} Unfolding */

/**
 * @param {Job} job
 * @param {Words} words
 * @param {number} now_ms
 * @returns {JobView}
 */
export function jobView(job, words, now_ms) {
  const { t } = words;
  const waits = restText(job, words, now_ms) || watchText(job, words, now_ms);
  const isBoard = isListing(job.kind);
  return {
    id: job.id,
    state: job.state,
    title: job.title || nameOf(job),
    place: job.title ? place(job, t) : job.site,
    stateWord: stateWord(job, words, now_ms),
    tone: isResting(job, now_ms) ? 'quiet' : tone(job),
    fraction: fraction(job),
    counts: counts(job, words),
    aside: isEnded(job) ? endedAgo(job, words, now_ms) : isBoard ? '' : bytes(job, words),
    pace: isBoard || waits ? '' : pace(job, words),
    // One name out of a hundred threads tells nothing
    current: job.state === 'running' && !isBoard ? job.current : [],
    note: waits || (isBoard && !isEnded(job) ? boardPace(job, words) : note(job, words)),
    unfolding: unfolding(job, words),
    hasFiles: !isBoard && job.files.total > 0,
    mayBeWatched: job.kind === 'thread' && !isEnded(job),
    isWatched: job.watching,
    priority: job.priority,
    isCounting: waits !== '' && (job.cooldown?.trying === false || job.watch?.next != null),
    actions: permitted(job.state).filter((action) => action !== 'reveal' || job.directory !== ''),
  };
}

/**
 * Where a thread is: site, board and number, as far as they are known.
 * @param {{site: string, board: string, thread: number|null}} thing
 * @param {import('../shared/i18n.js').Translate} t
 */
export function place({ site, board, thread }, t) {
  const parts = [site, board && `/${board}/`, thread === null ? '' : t('thread_number', thread)];
  return parts.filter(Boolean).join(' · ');
}

/**
 * What to call a job whose title is not known (yet).
 * @param {{url: string, board: string, thread: number|null}} job
 */
export function nameOf({ url, board, thread }) {
  return thread === null ? (url.split('/').pop() ?? url) || url : `/${board}/ ${thread}`;
}

/**
 * @param {Job} job
 * @param {Words} words
 * @param {number} now_ms
 */
function stateWord(job, { t }, now_ms) {
  if (isWaitingForNews(job)) return t('state_watching');
  return t(isResting(job, now_ms) ? 'state_resting' : `state_${job.state}`);
}

/**
 * @param {Job} job
 * @returns {JobView['tone']}
 */
function tone(job) {
  if (isActive(job)) return 'busy';
  if (job.state === 'completed') return 'good';
  return job.state === 'incomplete' || job.state === 'failed' ? 'bad' : 'quiet';
}

/**
 * Of a job at work, how far it is; of an ended one, how much of what can be had is here.
 * @param {Job} job
 */
function fraction(job) {
  const { state, files, bytes: size } = job;
  if (state === 'completed') return 1;
  if (files.total === 0) return state === 'scanning' || state === 'running' ? null : 0;
  if (isEnded(job)) return countOf(job, ON_DISK) / Math.max(1, obtainable(job));
  // How many files a board has is only known when its last thread was read
  if (job.threads) return Math.min(0.99, (job.threads.done + files.done / files.total) / Math.max(1, job.threads.total));
  // Bytes move more evenly; where sizes are unknown or wrong, the count of files is the surer guide
  return size.total > 0 && files.done < files.total ? Math.min(size.done / size.total, 0.99) : files.done / files.total;
}

/**
 * "84 of 148 files · 3 gone": what is here of what there is, and beside it what is not to be had; of a board, "12 of 150 threads" before it.
 * @param {Job} job
 * @param {Words} words
 */
function counts(job, words) {
  const files = fileCounts(job, words);
  if (!isListing(job.kind) || job.children.length === 0) return files;
  const { tn, format } = words;
  const { total, done } = job.threads ?? { total: job.children.length, done: 0 };
  const threads = done > 0 && done < total ? tn('counts_threads', total, format.count(done)) : tn('threads', total);
  return job.files.total > 0 ? [threads, files].join(' · ') : threads;
}

/**
 * @param {Job} job
 * @param {Words} words
 */
function fileCounts(job, { t, tn, format }) {
  if (job.files.total === 0) {
    if (job.state === 'queued') return t('counts_waiting');
    if (job.state === 'failed') return '';
    return isEnded(job) ? tn('files', 0) : t(isListing(job.kind) ? 'counts_listing' : 'counts_reading');
  }
  const [here, total] = [countOf(job, ON_DISK), obtainable(job)];
  const key = job.state === 'scanning' ? 'counts_growing' : 'counts';
  const first = isEnded(job) && here === total ? tn('files', total) : tn(key, total, format.count(here));
  if (isListing(job.kind) && !isEnded(job)) return first;
  const others = /** @type {const} */ (['gone', 'deleted', 'filtered', 'blocked', 'failed'])
    .filter((state) => job.files[state] > 0)
    // An incomplete job says these in a sentence of their own
    .filter((state) => job.state !== 'incomplete' || (state !== 'blocked' && state !== 'failed'))
    .map((state) => tn(`count_${state}`, job.files[state]));
  const size = job.state === 'completed' && job.bytes.done > 0 ? [format.bytes(job.bytes.done)] : [];
  const byBrowser = isEnded(job) && job.files.through_browser > 0 ? [tn('count_browser', job.files.through_browser)] : [];
  return [first, ...size, ...others, ...byBrowser].join(' · ');
}

/**
 * "12 MB of 40 MB"
 * @param {Job} job
 * @param {Words} words
 */
function bytes({ bytes: size }, { t, format }) {
  if (size.total === 0 && size.done === 0) return '';
  return size.done >= size.total ? format.bytes(size.done) : t('bytes_of', format.bytes(size.done), format.bytes(size.total));
}

/**
 * "5 min. ago"
 * @param {Job} job
 * @param {Words} words
 * @param {number} now_ms
 */
function endedAgo({ finished }, { format }, now_ms) {
  return finished === null ? '' : format.ago(finished, now_ms);
}

/**
 * "3.1 MB/s · 8 sec left"
 * @param {Job} job
 * @param {Words} words
 */
function pace(job, { t, format }) {
  if (job.state !== 'running' || job.speed === 0) return '';
  const speed = format.speed(job.speed);
  return job.eta === null ? speed : [speed, t('time_left', format.duration(job.eta))].join(' · ');
}

/**
 * "3.1 MB/s · 312 MB"
 * @param {Job} job
 * @param {Words} words
 */
function boardPace(job, words) {
  return [pace({ ...job, eta: null }, words), bytes({ ...job, bytes: { total: 0, done: job.bytes.done } }, words)].filter(Boolean).join(' · ');
}

/**
 * @param {Job} job
 * @param {Words} words
 * @returns {Unfolding|null}
 */
function unfolding(job, { t, tn }) {
  if (isListing(job.kind)) return job.children.length > 0 ? { what: 'threads', label: t('unfold_threads') } : null;
  return job.watch && job.watch.new > 0 ? { what: 'new', label: tn('unfold_new', job.watch.new) } : null;
}

/**
 * @param {Job} job
 * @param {Words} words
 */
function note(job, { t, tn }) {
  if (job.error && isEnded(job)) return job.error.hint ? t('sentences', job.error.message, job.error.hint) : job.error.message;
  if (job.state !== 'incomplete') return '';
  return /** @type {const} */ (['blocked', 'failed'])
    .filter((state) => job.files[state] > 0)
    .map((state) => tn(`reason_${state}`, job.files[state]))
    .join(' ');
}

/**
 * Files of the job that are here, or can be had.
 * @param {Job} job
 */
export const obtainable = (job) => Math.max(0, job.files.total - countOf(job, NOT_TO_BE_HAD));

/**
 * Files of the job that another try might bring.
 * @param {Job} job
 */
export const missing = (job) => Math.max(0, obtainable(job) - countOf(job, ON_DISK));
