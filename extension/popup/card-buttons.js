/** The large buttons of the card: what they offer, and how many files that would bring. Pure. */

import { isEnded } from '../shared/states.js';
import { missing } from './job-view.js';
import { living, matching, mayWatch } from './options-view.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/types.js').Inspection} Inspection */
/** @typedef {import('./job-view.js').Words} Words */
/** @typedef {import('./state.js').PopupState} PopupState */
/** @typedef {{label: string, action: 'start'|'inspect'|'retry'|'fetch', enabled: boolean}} Button */

/**
 * How many files a download would bring: those of the thread that are neither here nor known not to be had.
 * @param {Pick<PopupState, 'inspection'|'choices'>} state
 * @param {Job|undefined} job the last one that saved this thread
 */
export function newFiles({ inspection, choices }, job) {
  if (!inspection) return 0;
  if (!job || !isEnded(job)) return Math.max(0, matching(inspection) - inspection.files.have);
  // An ended job knows what its own filter left out, and what the person has removed; a filter chosen now is another
  const leftOut = choices.filter === null ? Math.max(job.files.filtered, inspection.files.filtered) : inspection.files.filtered;
  return Math.max(0, living(inspection) - leftOut - job.files.gone - inspection.files.have);
}

/**
 * @param {number} have
 * @param {number} found
 * @param {PopupState} state
 * @param {Words} words
 * @returns {Button}
 */
export function startButton(have, found, state, { t, tn }) {
  const { starting, filterError, inspection, choices } = state;
  if (starting) return { label: t('starting'), action: 'start', enabled: false };
  if (found > 0) return { label: tn(have === 0 ? 'download_files' : 'download_new', found), action: 'start', enabled: !filterError };
  if (choices.watch && mayWatch(state)) return { label: t('watch_start'), action: 'start', enabled: !filterError };
  const none = inspection && living(inspection) > 0 ? 'no_matches' : 'no_files';
  return { label: have === 0 ? t(none) : tn('have_files', have), action: 'start', enabled: false };
}

/**
 * @param {Job} job
 * @param {PopupState} state
 * @param {Words} words
 * @returns {Button}
 */
export function retryButton(job, { starting }, { t, tn }) {
  const files = missing(job);
  if (starting) return { label: t('starting'), action: 'retry', enabled: false };
  return { label: files > 0 ? tn('retry_files', files) : t('retry'), action: 'retry', enabled: true };
}

/**
 * @param {PopupState} state
 * @param {Words} words
 * @returns {Button}
 */
export function checkButton({ inspecting }, { t }) {
  return { label: t(inspecting ? 'checking' : 'check_again'), action: 'inspect', enabled: !inspecting };
}

/**
 * Where the browser may be given what is refused to programs, that is the button, and what it would have been is the second.
 * @param {import('./offer-view.js').FetchOffer|null} offer
 * @param {{primary: Button, secondary: Button|null}} otherwise
 * @param {Words} words
 * @returns {{primary: Button, secondary: Button|null}}
 */
export function offeredFirst(offer, otherwise, { t }) {
  if (!offer) return otherwise;
  const { primary } = otherwise;
  const label = primary.action === 'retry' && primary.enabled ? t('retry') : primary.label;
  return { primary: { label: offer.label, action: 'fetch', enabled: true }, secondary: { ...primary, label } };
}
