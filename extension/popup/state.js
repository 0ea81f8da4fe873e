/**
 * What the popup knows: the background's snapshot with every change since, and what it asked about its own page. Pure:
 * each message gives the next state.
 */

import { isListing } from '../shared/states.js';
import { isPageOfJob, isSamePage } from '../shared/urls.js';
import { unfolded, withFiles, withJobs, withoutJobs } from './expansion.js';
import { withFileNews, withJobNews } from './files-state.js';
import { withHistoryNews, withoutHistory } from './history-state.js';
import { withSpeeds } from '../shared/speeds.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/types.js').ErrorInfo} ErrorInfo */
/** @typedef {import('../shared/types.js').Snapshot} Snapshot */
/** @typedef {import('../shared/types.js').Delta} Delta */

/**
 * What the person has chosen before the start; null is as in the settings, or as the host does it when it is not told.
 * @typedef {{filter: string|null, watch: boolean, priority: import('../shared/types.js').Priority|null}} Choices
 */

/**
 * `pages` are what the host said of addresses; null: nothing to download.
 * @typedef {{isOpen: boolean, text: string, pages: ReadonlyMap<string, import('../shared/types.js').Page|null>, busy: boolean, error: ErrorInfo|null}} FormState
 */

/**
 * @typedef {object} PopupState
 * @property {string|null} url of the page the popup is about; null when it is none of the web
 * @property {Snapshot|null} snapshot null until the background has answered
 * @property {boolean} inspecting
 * @property {import('../shared/types.js').Inspection|null} inspection
 * @property {ErrorInfo|null} inspectError
 * @property {boolean} areOptionsOpen
 * @property {Choices} choices
 * @property {ErrorInfo|null} filterError what the host has against the chosen filter
 * @property {string|null} startedJob the job this popup started for its page
 * @property {Job|null} ownChild the job that a board's job made for the page's thread: it is not in the snapshot
 * @property {boolean} starting
 * @property {FormState} form the field for other addresses
 * @property {import('./files-state.js').FilesState|null} files the screen of a job's files
 * @property {import('./history-state.js').HistoryState|null} history the screen of the history
 * @property {{end: string, files: import('../shared/types.js').JobFile[]|null}|null} missing what an incomplete job of this page lacks; `end` says which, and of which of its ends
 * @property {import('./offer-view.js').FetchFacts} fetch what is known of files and pages that are refused to programs
 * @property {import('./expansion.js').Expansion|null} expansion of one job, into its threads or its new files
 * @property {string} notice a sentence about what just went wrong
 * @property {boolean} isHostAway whether the host has stopped by itself and is being started again
 * @property {boolean} isHostBack whether that has been so, and it is there again
 * @property {import('../shared/types.js').Reason|null} failure why the host was not there at the last try
 */

const LOG_LINES = 200;

/** @type {Readonly<PopupState>} */
export const BLANK = Object.freeze({
  url: null,
  snapshot: null,
  inspecting: false,
  inspection: null,
  inspectError: null,
  areOptionsOpen: false,
  choices: { filter: null, watch: false, priority: null },
  filterError: null,
  startedJob: null,
  ownChild: null,
  starting: false,
  form: { isOpen: false, text: '', pages: new Map(), busy: false, error: null },
  files: null,
  history: null,
  missing: null,
  fetch: { allowed: null, refused: new Map() },
  expansion: null,
  notice: '',
  isHostAway: false,
  isHostBack: false,
  failure: null,
});

/**
 * The state after a message from the background.
 * @param {PopupState} state
 * @param {Snapshot|Delta} message
 * @param {number} [now_ms] milliseconds since 1970
 * @returns {PopupState}
 */
export function afterMessage(state, message, now_ms = 0) {
  return screensAfter(mainAfter(state, message, now_ms), message);
}

/**
 * @param {PopupState} state
 * @param {Snapshot|Delta} message
 * @param {number} now_ms
 * @returns {PopupState}
 */
function mainAfter(state, message, now_ms) {
  if (message.type === 'snapshot') {
    const notice = message.trouble?.text ?? state.notice;
    const { expansion } = state;
    // What happened meanwhile was not told: it is asked for anew
    const anew = expansion && unfolded(expansion.job, expansion.what);
    return { ...state, snapshot: message, notice, expansion: anew, ...absence(state, message.host), failure: failure(state, message.host) };
  }
  const { snapshot, expansion } = state;
  if (!snapshot) return state;
  switch (message.type) {
    case 'children.changed': {
      const ownChild = message.jobs.find((job) => isOfPage(job, state)) ?? state.ownChild;
      return { ...state, ownChild, expansion: expansion && withJobs(expansion, message.jobs) };
    }
    case 'files.changed':
      return { ...state, expansion: expansion && withFiles(expansion, message.job, message.files) };
    default: {
      const next = { ...snapshot, ...changed(snapshot, message, now_ms) };
      const left = message.type === 'jobs.removed' ? withoutJobs(expansion, message.jobs) : expansion;
      const ownChild = message.type === 'jobs.removed' && message.jobs.includes(state.ownChild?.id ?? '') ? null : state.ownChild;
      return { ...state, snapshot: next, expansion: left, ownChild, ...absence(state, next.host), failure: failure(state, next.host) };
    }
  }
}

/**
 * The screens of files and of the history follow what happens to their jobs.
 * @param {PopupState} state
 * @param {Snapshot|Delta} message
 * @returns {PopupState}
 */
function screensAfter(state, message) {
  const { files, history } = state;
  if (!files && !history) return state;
  switch (message.type) {
    case 'snapshot':
    case 'children.changed':
      return { ...state, files: files && withJobNews(files, message.jobs), history: history && withHistoryNews(history, message.jobs) };
    case 'job.update':
    case 'job.finished':
      return { ...state, files: files && withJobNews(files, [message.job]), history: history && withHistoryNews(history, [message.job]) };
    case 'files.changed':
      return files?.job.id === message.job ? { ...state, files: withFileNews(files, message.files) } : state;
    case 'jobs.removed':
      return {
        ...state,
        files: files && message.jobs.includes(files.job.id) ? null : files,
        history: history && withoutHistory(history, message.jobs),
      };
    default:
      return state;
  }
}

/**
 * A host that stopped is told to be back once it is: not while it is only being started.
 * @param {PopupState} state
 * @param {import('../shared/types.js').HostStatus} host
 */
function absence({ isHostAway, isHostBack }, { phase }) {
  if (phase === 'waiting') return { isHostAway: true, isHostBack: false };
  return { isHostAway: isHostAway && phase === 'opening', isHostBack: isHostBack || (isHostAway && phase === 'open') };
}

/**
 * A failure stands during the next try: the screen that tells it must not flicker.
 * @param {PopupState} state
 * @param {import('../shared/types.js').HostStatus} host
 */
function failure(state, host) {
  if (host.phase === 'failed') return host.reason;
  return host.phase === 'opening' ? state.failure : null;
}

/**
 * @param {Snapshot} snapshot
 * @param {Delta} delta
 * @param {number} now_ms
 * @returns {Partial<Snapshot>}
 */
function changed(snapshot, delta, now_ms) {
  switch (delta.type) {
    case 'host.status':
      return { host: delta.host };
    case 'job.update':
    case 'job.finished':
      return { jobs: withJob(snapshot.jobs, delta.job), speeds: withSpeeds(snapshot.speeds, [delta.job], now_ms) };
    case 'jobs.removed':
      return { jobs: snapshot.jobs.filter((job) => !delta.jobs.includes(job.id)) };
    case 'settings.changed':
      return { settings: delta.settings };
    case 'log':
      return { log: [...snapshot.log, delta.line].slice(-LOG_LINES) };
    default:
      return {};
  }
}

/**
 * @param {readonly Job[]} jobs newest first
 * @param {Job} job
 */
function withJob(jobs, job) {
  if (jobs.some(({ id }) => id === job.id)) return jobs.map((known) => (known.id === job.id ? job : known));
  const place = jobs.findIndex(({ created }) => created <= job.created);
  return place < 0 ? [...jobs, job] : jobs.toSpliced(place, 0, job);
}

/**
 * The job that the card of this page shows: the one started here, else the newest that saves this page.
 * @param {PopupState} state
 * @returns {Job|undefined}
 */
export function jobOfPage(state) {
  const { snapshot, startedJob, ownChild } = state;
  const jobs = [...(snapshot?.jobs ?? []), ...(ownChild ? [ownChild] : [])];
  return jobs.find(({ id }) => id === startedJob) ?? jobs.find((job) => isOfPage(job, state));
}

/**
 * @param {Job} job
 * @param {Pick<PopupState, 'url'|'inspection'>} state
 */
function isOfPage(job, { url, inspection }) {
  if (url === null) return false;
  const isSameBoard = inspection !== null && job.site === inspection.site && job.board === inspection.board;
  if (isListing(job.kind)) {
    // A board's pages and its catalog list the same threads; the archive has others
    const isSameList = isSameBoard && isListing(inspection.kind) && (job.kind === 'archive') === (inspection.kind === 'archive');
    return isSamePage(url, job.url) || isSameList;
  }
  const isSameThread = isSameBoard && job.kind === 'thread' && inspection.thread !== null && job.thread === inspection.thread;
  return isPageOfJob(url, job.url) || isSameThread;
}

/**
 * A job that is known, wherever from.
 * @param {PopupState} state
 * @param {string} id
 * @returns {Job|undefined}
 */
export function jobById({ snapshot, ownChild, expansion, history }, id) {
  if (ownChild?.id === id) return ownChild;
  return snapshot?.jobs.find((job) => job.id === id) ?? expansion?.jobs.get(id) ?? history?.jobs.get(id);
}
