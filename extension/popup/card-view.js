/**
 * What the card of this page shows: what is there before anything is fetched, then the job at work, then the outcome; or
 * a field for another address where there is nothing to save. Pure: state in, texts out.
 */

import { errorText, errorWords } from '../shared/error-text.js';
import { ON_DISK, countOf, isEnded, isListing } from '../shared/states.js';
import { isWebUrl, matchesAny } from '../shared/urls.js';
import { lastMinute } from '../shared/speeds.js';
import { addressesIn, summary } from './addresses.js';
import { partViews } from './files-view.js';
import { reasons, reasonsByState } from './reasons.js';
import { jobView, missing, nameOf, place } from './job-view.js';
import { living, matching, mayWatch, optionsView } from './options-view.js';
import { jobOfPage } from './state.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/types.js').Inspection} Inspection */
/** @typedef {import('./job-view.js').JobView} JobView */
/** @typedef {import('./job-view.js').Words} Words */
/** @typedef {import('./options-view.js').OptionsView} OptionsView */
/** @typedef {import('./state.js').PopupState} PopupState */
/** @typedef {{label: string, action: 'start'|'inspect'|'retry', enabled: boolean}} Button */

/** Reasons that are told; the list of files has them all. */
const MOST_REASONS = 3;
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
 * `parts` of an ended job are its files by state; `reasons` why some are missing and what to do; `speed` of one at work, null
 * while there is nothing to show.
 * @typedef {object} JobCard
 * @property {'job'} kind
 * @property {JobView} job
 * @property {Button|null} primary
 * @property {Button|null} secondary
 * @property {OptionsView|null} options
 * @property {import('./files-view.js').PartView[]} parts
 * @property {string[]} reasons
 * @property {import('./speed-graph.js').SpeedView|null} speed
 */
/** @typedef {{kind: 'form', sentence: string, text: string, summary: string, error: string, busy: boolean, mayClose: boolean, mayTakeTabs: boolean}} FormCard */
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
  if (state.form.isOpen) return form(state, t('add_sentence'), words);
  const job = jobOfPage(state);
  if (job) return { ...jobCard(job, state, words, now_ms), ...picture(job, state, words, now_ms) };
  const { inspection, inspectError } = state;
  if (inspection) return isListing(inspection.kind) ? boardCard(inspection, state, words) : threadCard(inspection, state, words);
  if (!mayInspect(state)) return form(state, t('page_other'), words);
  if (inspectError) {
    if (inspectError.code.startsWith('url.')) return form(state, t('page_other'), words);
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
 * @param {PopupState} state
 * @param {string} sentence
 * @param {Words} words
 * @returns {FormCard}
 */
function form({ form: { isOpen, text, pages, busy, error }, snapshot }, sentence, words) {
  const { t } = words;
  const ours = /** @type {Record<string, string>} */ ({ 'tabs.refused': 'tabs_refused', 'tabs.none': 'tabs_none' });
  const said = error && (ours[error.code] ? t(/** @type {string} */ (ours[error.code])) : errorText(error, t));
  return {
    kind: 'form', sentence, text, summary: summary(addressesIn(text), pages, words), error: said ?? '', busy,
    mayClose: isOpen, mayTakeTabs: (snapshot?.sites.length ?? 0) > 0,
  };
}

/**
 * What there is to see of a job besides its words.
 * @param {Job} job
 * @param {PopupState} state
 * @param {Words} words
 * @param {number} now_ms
 * @returns {Pick<JobCard, 'parts'|'reasons'|'speed'>}
 */
function picture(job, { snapshot, missing: lacking }, words, now_ms) {
  const hasEnded = isEnded(job);
  const parts = hasEnded && job.files.total > 0 && !isListing(job.kind) ? partViews(job, words) : [];
  const known = lacking?.end === `${job.id} ${job.finished}` ? lacking.files : null;
  const why = job.state === 'incomplete' ? (known ? reasons(known) : reasonsByState(job.files)) : [];
  const speed = job.state === 'running' ? speedView(snapshot?.speeds[job.id], words, now_ms) : null;
  return { parts, reasons: why.slice(0, MOST_REASONS).map(({ kind, count }) => words.tn(`reason_${kind}`, count)), speed };
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
function boardCard(inspection, state, words) {
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
 * @param {Job} job
 * @param {PopupState} state
 * @param {Words} words
 * @param {number} now_ms
 * @returns {Omit<JobCard, 'parts'|'reasons'|'speed'>}
 */
function jobCard(job, state, words, now_ms) {
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
function startButton(have, found, state, { t, tn }) {
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
