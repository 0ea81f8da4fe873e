/**
 * What the card of this page shows: what is there before anything is fetched, then the job at work, then the outcome; or
 * a field for another address where there is no thread. Pure: state in, texts out.
 */

import { errorText, errorWords } from '../shared/error-text.js';
import { ON_DISK, countOf, isEnded } from '../shared/states.js';
import { isWebUrl, matchesAny } from '../shared/urls.js';
import { jobView, missing, nameOf, place } from './job-view.js';
import { jobOfPage } from './state.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/types.js').Inspection} Inspection */
/** @typedef {import('./job-view.js').JobView} JobView */
/** @typedef {import('./job-view.js').Words} Words */
/** @typedef {import('./state.js').PopupState} PopupState */
/** @typedef {{label: string, action: 'start'|'inspect'|'retry', enabled: boolean}} Button */

const KINDS = /** @type {const} */ (['images', 'videos', 'other']);

/**
 * @typedef {object} ThreadCard
 * @property {'thread'} kind
 * @property {string} place
 * @property {string} title
 * @property {number} fraction
 * @property {string} counts
 * @property {string} aside its size
 * @property {string} have
 * @property {Button} primary
 * @property {Button|null} secondary
 */

/** @typedef {{kind: 'job', job: JobView, primary: Button|null, secondary: Button|null}} JobCard */
/** @typedef {{kind: 'form', sentence: string, error: string, busy: boolean}} FormCard */
/** @typedef {{kind: 'trouble', sentence: string, hint: string, primary: Button}} TroubleCard */
/** @typedef {{kind: 'loading'}|ThreadCard|JobCard|FormCard|TroubleCard} CardView */

/**
 * @param {PopupState} state
 * @param {Words} words
 * @param {number} now_ms
 * @returns {CardView}
 */
export function cardView(state, words, now_ms) {
  const { t } = words;
  const job = jobOfPage(state);
  if (job) return jobCard(job, state, words, now_ms);
  const { inspection, inspectError } = state;
  if (inspection && (inspection.kind === 'thread' || inspection.kind === 'file')) return threadCard(inspection, state, words);
  if (inspection) return form(state, t(`page_${inspection.kind}`), t);
  if (!mayInspect(state)) return form(state, t('page_other'), t);
  if (inspectError) {
    if (inspectError.code.startsWith('url.')) return form(state, t('page_other'), t);
    const primary = /** @type {Button} */ ({ label: t('check_again'), action: 'inspect', enabled: true });
    const { message, hint } = errorWords(inspectError, t);
    return { kind: 'trouble', sentence: message, hint, primary };
  }
  return { kind: 'loading' };
}

/**
 * Whether the host may be asked about this page. Other pages' addresses are none of its business.
 * @param {PopupState} state
 */
export function mayInspect({ url, snapshot }) {
  if (!isWebUrl(url)) return false;
  const patterns = snapshot?.sites.flatMap((site) => site.patterns) ?? [];
  return patterns.length === 0 || matchesAny(url, patterns);
}

/**
 * How many files a download would bring: those of the thread that are neither here nor known not to be had.
 * @param {Pick<PopupState, 'inspection'|'snapshot'>} state
 * @param {Job|undefined} job the last one that saved this thread
 */
export function newFiles({ inspection, snapshot }, job) {
  if (!inspection) return 0;
  const { files } = inspection;
  const only = snapshot?.settings?.only ?? [];
  const isWanted = (/** @type {typeof KINDS[number]} */ kind) => only.length === 0 || only.includes(kind);
  // What the filter leaves out is counted by a job that has ended; before that, the setting tells
  const wanted =
    job && isEnded(job)
      ? living(inspection) - job.files.filtered - job.files.gone
      : KINDS.filter(isWanted).reduce((sum, kind) => sum + files[kind], 0);
  return Math.max(0, wanted - files.have);
}

/**
 * Files that the site still has: `total` counts those, too, that a poster or moderator has deleted.
 * @param {Inspection} inspection
 */
const living = ({ files }) => KINDS.reduce((sum, kind) => sum + files[kind], 0);

/**
 * @param {PopupState} state
 * @param {string} sentence
 * @param {import('../shared/i18n.js').Translate} t
 * @returns {FormCard}
 */
function form({ form: { busy, error } }, sentence, t) {
  return { kind: 'form', sentence, error: error ? errorText(error, t) : '', busy };
}

/**
 * @param {Inspection} inspection
 * @param {PopupState} state
 * @param {Words} words
 * @returns {ThreadCard}
 */
function threadCard(inspection, state, words) {
  const { t, format } = words;
  const { have, bytes } = inspection.files;
  const found = newFiles(state, undefined);
  return {
    kind: 'thread',
    place: place(inspection, t),
    title: inspection.title || nameOf({ ...inspection, url: state.url ?? '' }),
    fraction: have / Math.max(1, have + found),
    counts: kinds(inspection, words),
    aside: bytes > 0 ? format.bytes(bytes) : '',
    have: haveText(have, found, words),
    primary: startButton(have, found, state, words),
    secondary: found === 0 ? checkButton(state, words) : null,
  };
}

/**
 * @param {Job} job
 * @param {PopupState} state
 * @param {Words} words
 * @param {number} now_ms
 * @returns {JobCard}
 */
function jobCard(job, state, words, now_ms) {
  const full = jobView(job, words, now_ms);
  // What is offered beside the large buttons: the page's own job is not for taking off the list, nor twice for trying again
  const view = { ...full, actions: full.actions.filter((action) => action !== 'remove' && action !== 'retry') };
  const { inspection } = state;
  if (!isEnded(job)) return { kind: 'job', job: view, primary: null, secondary: null };
  const found = newFiles(state, job);
  if (job.state !== 'completed' && found <= missing(job)) {
    // Only what is missing, in the same job; "download" below takes in what the thread has got since
    return { kind: 'job', job: view, primary: retryButton(job, state, words), secondary: null };
  }
  const primary = startButton(inspection ? inspection.files.have : countOf(job, ON_DISK), found, state, words);
  return { kind: 'job', job: view, primary, secondary: found === 0 ? checkButton(state, words) : null };
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

/**
 * @param {number} have
 * @param {number} found
 * @param {PopupState} state
 * @param {Words} words
 * @returns {Button}
 */
function startButton(have, found, { starting }, { t, tn }) {
  if (starting) return { label: t('starting'), action: 'start', enabled: false };
  if (found > 0) return { label: tn(have === 0 ? 'download_files' : 'download_new', found), action: 'start', enabled: true };
  return { label: have === 0 ? t('no_files') : tn('have_files', have), action: 'start', enabled: false };
}

/**
 * @param {Job} job
 * @param {PopupState} state
 * @param {Words} words
 * @returns {Button}
 */
function retryButton(job, { starting }, { t, tn }) {
  const files = missing(job);
  if (starting) return { label: t('starting'), action: 'retry', enabled: false };
  return { label: files > 0 ? tn('retry_files', files) : t('retry'), action: 'retry', enabled: true };
}

/**
 * @param {PopupState} state
 * @param {Words} words
 * @returns {Button}
 */
function checkButton({ inspecting }, { t }) {
  return { label: t(inspecting ? 'checking' : 'check_again'), action: 'inspect', enabled: !inspecting };
}
