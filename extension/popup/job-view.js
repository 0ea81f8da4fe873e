/**
 * A job in words and numbers, as a row or the card of its page shows it. Pure: job in, texts out.
 */

import { NOT_TO_BE_HAD, ON_DISK, countOf, isActive, isEnded, permitted } from '../shared/states.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/states.js').JobAction} JobAction */

/**
 * @typedef {object} Words
 * @property {import('../shared/i18n.js').Translate} t
 * @property {typeof import('../shared/i18n.js').tn} tn
 * @property {import('../shared/format.js').Format} format
 */

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
 * @property {string} note why it is not complete, in words, or ''
 * @property {JobAction[]} actions
 */

/**
 * @param {Job} job
 * @param {Words} words
 * @param {number} now_ms
 * @returns {JobView}
 */
export function jobView(job, words, now_ms) {
  const { t } = words;
  return {
    id: job.id,
    state: job.state,
    title: job.title || nameOf(job),
    place: job.title ? place(job, t) : job.site,
    stateWord: t(`state_${job.state}`),
    tone: tone(job),
    fraction: fraction(job),
    counts: counts(job, words),
    aside: isEnded(job) ? endedAgo(job, words, now_ms) : bytes(job, words),
    pace: pace(job, words),
    current: job.state === 'running' ? job.current : [],
    note: note(job, words),
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
  if (isEnded(job)) return countOf(job, ON_DISK) / Math.max(1, files.total - countOf(job, NOT_TO_BE_HAD));
  // Bytes move more evenly; where sizes are unknown or wrong, the count of files is the surer guide
  return size.total > 0 && files.done < files.total ? Math.min(size.done / size.total, 0.99) : files.done / files.total;
}

/**
 * "84 of 151 files · 3 gone"
 * @param {Job} job
 * @param {Words} words
 */
function counts(job, { t, tn, format }) {
  const { total, done } = job.files;
  if (total === 0) {
    if (job.state === 'queued') return t('counts_waiting');
    if (job.state === 'failed') return '';
    return isEnded(job) ? tn('files', 0) : t('counts_reading');
  }
  const shown = isEnded(job) ? countOf(job, ON_DISK) : done;
  const key = job.state === 'scanning' ? 'counts_growing' : 'counts';
  const first = isEnded(job) && shown === total ? tn('files', total) : tn(key, total, format.count(shown));
  const losses = /** @type {const} */ (['gone', 'deleted', 'filtered', 'blocked', 'failed'])
    .filter((state) => job.files[state] > 0 && (isEnded(job) || (state !== 'deleted' && state !== 'filtered')))
    // An incomplete job says these in a sentence of their own
    .filter((state) => !isEnded(job) || job.state !== 'incomplete' || (state !== 'blocked' && state !== 'failed'))
    .map((state) => tn(`count_${state}`, job.files[state]));
  const size = job.state === 'completed' && job.bytes.done > 0 ? [format.bytes(job.bytes.done)] : [];
  return [first, ...size, ...losses].join(' · ');
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
 * Files of the job that another try might bring.
 * @param {Job} job
 */
export function missing(job) {
  return Math.max(0, job.files.total - countOf(job, ON_DISK) - countOf(job, NOT_TO_BE_HAD));
}
