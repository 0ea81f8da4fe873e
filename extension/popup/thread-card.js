/** The card of a page before anything is fetched: what there is in a thread, or on a page that lists threads. Pure. */

import { checkButton, newFiles, startButton } from './card-buttons.js';
import { nameOf, place } from './job-view.js';
import { living, optionsView } from './options-view.js';

/** @typedef {import('../shared/types.js').Inspection} Inspection */
/** @typedef {import('./card-buttons.js').Button} Button */
/** @typedef {import('./job-view.js').Words} Words */
/** @typedef {import('./options-view.js').OptionsView} OptionsView */
/** @typedef {import('./state.js').PopupState} PopupState */

const KINDS = /** @type {const} */ (['images', 'videos', 'other']);

/**
 * @typedef {object} ThreadCard
 * @property {'thread'} kind
 * @property {boolean} isListing whether it lists threads
 * @property {string} place
 * @property {string} title
 * @property {number} fraction
 * @property {string} counts
 * @property {string} aside its size
 * @property {string} have
 * @property {Button} primary
 * @property {Button|null} secondary
 * @property {OptionsView|null} options what may be chosen before the start
 */

/**
 * @param {Inspection} inspection
 * @param {PopupState} state
 * @param {Words} words
 * @returns {ThreadCard}
 */
export function threadCard(inspection, state, words) {
  const { t, format } = words;
  const { have, bytes } = inspection.files;
  const found = newFiles(state, undefined);
  return {
    kind: 'thread',
    isListing: false,
    place: place(inspection, t),
    title: inspection.title || nameOf({ ...inspection, url: state.url ?? '' }),
    fraction: have / Math.max(1, have + found),
    counts: kinds(inspection, words),
    aside: bytes > 0 ? format.bytes(bytes) : '',
    have: haveText(have, found, words),
    primary: startButton(have, found, state, words),
    secondary: found === 0 ? checkButton(state, words) : null,
    options: inspection.kind === 'thread' ? optionsView(state, words) : null,
  };
}

/**
 * A page that lists threads: "150 threads on /po/ (catalog)".
 * @param {Inspection} inspection
 * @param {PopupState} state
 * @param {Words} words
 * @returns {ThreadCard}
 */
export function boardCard(inspection, state, words) {
  const { t, tn } = words;
  const threads = inspection.threads ?? 0;
  const board = `/${inspection.board}/`;
  /** @type {Button} */
  const start = { label: t(threads > 0 ? 'save_threads' : 'no_threads'), action: 'start', enabled: threads > 0 && !state.filterError };
  return {
    kind: 'thread',
    isListing: true,
    place: place(inspection, t),
    title: inspection.title || board,
    fraction: 0,
    counts: tn(`threads_${inspection.kind}`, threads, board),
    aside: '',
    have: threads > 0 ? t('threads_each') : '',
    primary: state.starting ? { label: t('starting'), action: 'start', enabled: false } : start,
    secondary: threads === 0 ? checkButton(state, words) : null,
    options: threads > 0 ? optionsView(state, words) : null,
  };
}

/**
 * "151 files: 142 images, 8 videos, 1 deleted"
 * @param {Inspection} inspection
 * @param {Words} words
 */
function kinds(inspection, { t, tn }) {
  const { files } = inspection;
  const deleted = files.total - living(inspection);
  const parts = KINDS.filter((kind) => files[kind] > 0).map((kind) => tn(`kind_${kind}`, files[kind]));
  if (deleted > 0) parts.push(tn('count_deleted', deleted));
  return parts.length ? t('files_of_kinds', tn('files', files.total), parts.join(', ')) : tn('files', files.total);
}

/**
 * @param {number} have
 * @param {number} found
 * @param {Words} words
 */
function haveText(have, found, { t, format }) {
  if (have === 0) return found > 0 ? t('have_none') : '';
  return found > 0 ? t('have_some', format.count(have), format.count(found)) : t('have_all');
}
