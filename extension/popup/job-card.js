/** The card of a page whose job is at work, or has ended: its words, its buttons, and what there is to see of it. Pure. */

import { lastMinute } from '../shared/speeds.js';
import { ON_DISK, countOf, isEnded, isListing } from '../shared/states.js';
import { checkButton, newFiles, offeredFirst, retryButton, startButton } from './card-buttons.js';
import { partViews } from './files-view.js';
import { jobView, missing } from './job-view.js';
import { isUndecided, offerOfCard } from './offer-view.js';
import { living, optionsView } from './options-view.js';
import { reasons, reasonsByState } from './reasons.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('./card-buttons.js').Button} Button */
/** @typedef {import('./job-view.js').JobView} JobView */
/** @typedef {import('./job-view.js').Words} Words */
/** @typedef {import('./options-view.js').OptionsView} OptionsView */
/** @typedef {import('./state.js').PopupState} PopupState */

/** Reasons that are told; the list of files has them all. */
const MOST_REASONS = 3;

/**
 * `parts` of an ended job are its files by state; `reasons` why some are missing and what to do; `speed` of one at work, null
 * while there is nothing to show. `isUndecided`: what is missing, and whether the browser may be given it, is being looked up;
 * its place is kept until then.
 * @typedef {object} JobCard
 * @property {'job'} kind
 * @property {JobView} job
 * @property {Button|null} primary
 * @property {Button|null} secondary
 * @property {OptionsView|null} options
 * @property {import('./files-view.js').PartView[]} parts
 * @property {string[]} reasons
 * @property {import('./offer-view.js').FetchOffer|null} offer
 * @property {boolean} isUndecided
 * @property {import('./speed-graph.js').SpeedView|null} speed
 */

/**
 * @param {Job} job
 * @param {PopupState} state
 * @param {Words} words
 * @param {number} now_ms
 * @returns {JobCard}
 */
export function jobCard(job, state, words, now_ms) {
  const offer = offerOfCard(state, words.t);
  const said = wordsOf(job, state, words, now_ms);
  const buttons = said.primary ? offeredFirst(offer, { primary: said.primary, secondary: said.secondary }, words) : {};
  return { ...said, ...buttons, ...picture(job, state, words, now_ms), ...why(job, offer, state, words) };
}

/**
 * @param {Job} job
 * @param {PopupState} state
 * @param {Words} words
 * @param {number} now_ms
 * @returns {Omit<JobCard, 'parts'|'reasons'|'offer'|'isUndecided'|'speed'>}
 */
function wordsOf(job, state, words, now_ms) {
  const { t } = words;
  const full = jobView(job, words, now_ms);
  // What is offered beside the large buttons: the page's own job is not for taking off the list, nor twice for trying again
  const view = { ...full, actions: full.actions.filter((action) => action !== 'remove' && action !== 'retry') };
  const { inspection } = state;
  if (!isEnded(job)) return { kind: 'job', job: view, primary: null, secondary: null, options: null };
  if (isListing(job.kind)) {
    const options = inspection ? optionsView(state, words) : null;
    const again = /** @type {Button} */ ({ label: t('save_threads_again'), action: 'start', enabled: !state.starting && !state.filterError });
    const primary = job.state === 'completed' ? again : retryButton(job, state, words);
    return { kind: 'job', job: view, primary, secondary: null, options };
  }
  const options = job.kind === 'thread' ? optionsView(state, words) : null;
  const found = newFiles(state, job);
  if (job.state !== 'completed' && found <= missing(job) && !state.choices.watch) {
    // Only what is missing, in the same job; "download" below takes in what the thread has got since, and may watch it
    return { kind: 'job', job: view, primary: retryButton(job, state, words), secondary: null, options };
  }
  const have = inspection ? inspection.files.have : countOf(job, ON_DISK);
  const primary = startButton(have, found, state, words);
  if (inspection && found > 0 && have > 0) view.note = words.tn('new_of', living(inspection), words.format.count(found));
  return { kind: 'job', job: view, primary, secondary: found === 0 ? checkButton(state, words) : null, options };
}

/**
 * What there is to see of a job besides its words.
 * @param {Job} job
 * @param {PopupState} state
 * @param {Words} words
 * @param {number} now_ms
 * @returns {Pick<JobCard, 'parts'|'speed'>}
 */
function picture(job, state, words, now_ms) {
  const fresh = job.state === 'completed' ? newFiles(state, job) : 0;
  const parts = isEnded(job) && job.files.total > 0 && !isListing(job.kind) ? partViews(job, words, fresh) : [];
  const speed = job.state === 'running' ? speedView(state.snapshot?.speeds[job.id], words, now_ms) : null;
  return { parts, speed };
}

/**
 * Why some files are missing, and what to do about it.
 * @param {Job} job
 * @param {import('./offer-view.js').FetchOffer|null} offer
 * @param {PopupState} state
 * @param {Words} words
 * @returns {Pick<JobCard, 'reasons'|'offer'|'isUndecided'>}
 */
function why(job, offer, { missing: lacking, fetch }, { tn }) {
  const known = lacking?.end === `${job.id} ${job.finished}` ? lacking.files : null;
  const found = job.state === 'incomplete' ? (known?.length ? reasons(known) : reasonsByState(job.files)) : [];
  const isOfFiles = offer !== null && !offer.isOfPages && found.some(({ kind }) => kind === 'refused');
  const texts = found.slice(0, MOST_REASONS).map(({ kind, count }) =>
    isOfFiles && kind === 'refused' ? tn('reason_offered', count, offer.host) : tn(`reason_${kind}`, count),
  );
  const isLookedUp = known !== null || job.state !== 'incomplete' || isListing(job.kind);
  // Said once: the button of the offer has no sentence of its own then
  return { reasons: offer && !isOfFiles ? [offer.sentence, ...texts] : texts, offer, isUndecided: !isLookedUp || isUndecided(job, fetch) };
}

/**
 * @param {import('../shared/speeds.js').Speeds[string]|undefined} samples
 * @param {Words} words
 * @param {number} now_ms
 * @returns {import('./speed-graph.js').SpeedView|null}
 */
function speedView(samples, { t, format }, now_ms) {
  const rates = lastMinute(samples, now_ms);
  const peak_bps = Math.max(0, ...rates.map((rate) => rate ?? 0));
  if (peak_bps === 0 || rates.filter((rate) => rate !== null).length < 2) return null;
  const peak = format.speed(peak_bps);
  return { rates, peak_bps, peak: t('speed_peak', peak), label: t('speed_label', peak) };
}
