/** The screen of one job's files in words: a picture of their states, and a row for each that is looked at. Pure. */

import { NOT_TO_BE_HAD, isEnded } from '../shared/states.js';
import { groupOf, isOnDisk, parts, partsOf } from './file-states.js';
import { nameOf } from './job-view.js';
import { reasonKind } from './reasons.js';

/** @typedef {import('../shared/types.js').JobFile} JobFile */
/** @typedef {import('../shared/types.js').FileState} FileState */
/** @typedef {import('./job-view.js').Words} Words */
/** @typedef {'retry'|'open'|'reveal'} FileAction */

/** @typedef {{state: FileState, group: import('./file-states.js').Group, count: number, word: string, number: string, share: string}} PartView */
/** @typedef {{id: string, name: string, state: FileState, group: import('./file-states.js').Group, words: string, size: string, actions: FileAction[]}} FileRow */

/**
 * @typedef {object} FilesView
 * @property {string} job
 * @property {string} title
 * @property {string} total how many there are: "1,051"
 * @property {string} sentence "146 of 151 files are here"
 * @property {PartView[]} parts
 * @property {FileState|null} only
 * @property {string[]} ids of the rows
 * @property {(id: string) => FileRow|null} row
 * @property {string} empty what is said instead of rows
 */

/** States of which another try may bring the file. */
const RETRIED = new Set(['blocked', 'failed', 'cancelled', 'gone', 'differs']);

/** What the system's own program is asked to show: as in the host, which has the last word. */
const MEDIA = /\.(?:jpe?g|png|gif|webp|avif|bmp|jxl|webm|mp4|m4v|mov|mkv|mp3|ogg|opus|flac|wav|m4a)$/i;

/**
 * @param {import('./files-state.js').FilesState} state
 * @param {Words} words
 * @returns {FilesView}
 */
export function filesView({ job, files, only, isWhole, hasFailed }, words) {
  const { t, tn, format } = words;
  const counted = isWhole && files.size === job.files.total ? partsOf(files.values()) : parts(job.files);
  const { total } = job.files;
  const there = counted.reduce((sum, { state, count }) => (NOT_TO_BE_HAD.some((lost) => lost === state) ? sum : sum + count), 0);
  const here = counted.filter(({ group }) => group === 'here').reduce((sum, { count }) => sum + count, 0);
  const shown = only !== null && counted.some(({ state }) => state === only) ? only : null;
  const mayRetry = isEnded(job);
  return {
    job: job.id,
    title: job.title || nameOf(job),
    total: format.count(total),
    sentence: here === there && there > 0 ? tn('files_all_here', there) : tn('files_here', there, format.count(here)),
    parts: inWords(counted, words),
    only: shown,
    ids: [...files.values()].filter(({ state }) => shown === null || state === shown).map(({ id }) => id),
    row(id) {
      const file = files.get(id);
      return file ? row(file, mayRetry, words) : null;
    },
    empty: hasFailed ? t('files_unknown') : !isWhole && files.size === 0 ? t('counts_reading') : total === 0 ? tn('files', 0) : '',
  };
}

/**
 * @param {import('./file-states.js').Part[]} counted
 * @param {Words} words
 * @returns {PartView[]}
 */
function inWords(counted, { t, format }) {
  const total = Math.max(1, counted.reduce((sum, { count }) => sum + count, 0));
  return counted.map(({ state, group, count }) => ({
    state, group, count, word: t(`file_${state}`), number: format.count(count), share: format.percent(count / total),
  }));
}

/**
 * The files of a job by state.
 * @param {import('../shared/types.js').Job} job
 * @param {Words} words
 * @param {number} [fresh] files that the thread has got since, and the job not
 */
export function partViews(job, words, fresh = 0) {
  const waiting = /** @type {const} */ ({ state: 'queued', group: 'coming', count: fresh });
  return inWords([...parts(job.files), ...(fresh > 0 ? [waiting] : [])], words);
}

/**
 * @param {JobFile} file
 * @param {boolean} mayRetry
 * @param {Words} words
 * @returns {FileRow}
 */
function row({ id, name, state, reason, size, done }, mayRetry, { t, format }) {
  const isHere = isOnDisk(state);
  const actions = /** @type {FileAction[]} */ ([
    ...(mayRetry && RETRIED.has(state) ? ['retry'] : []),
    ...(isHere && MEDIA.test(name) ? ['open'] : []),
    ...(isHere ? ['reveal'] : []),
  ]);
  const why = state === 'failed' || state === 'blocked' ? t(`why_${reasonKind({ state, reason })}`) : '';
  const how = reason === 'new' ? t('file_new') : '';
  const part = state === 'active' && size ? format.percent(done / size) : '';
  return {
    id, name, state, group: groupOf(state),
    words: [t(reason === 'browser' && state === 'saved' ? 'file_saved_browser' : `file_${state}`), why || how || part].filter(Boolean).join(' · '),
    size: size ? format.bytes(size) : isHere && done ? format.bytes(done) : '',
    actions,
  };
}
