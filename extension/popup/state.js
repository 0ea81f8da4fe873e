/**
 * What the popup knows: the background's snapshot with every change since, and what it asked about its own page. Pure:
 * each message gives the next state.
 */

import { isPageOfJob } from '../shared/urls.js';

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/types.js').ErrorInfo} ErrorInfo */
/** @typedef {import('../shared/types.js').Snapshot} Snapshot */
/** @typedef {import('../shared/types.js').Delta} Delta */

/**
 * @typedef {object} PopupState
 * @property {string|null} url of the page the popup is about; null when it is none of the web
 * @property {Snapshot|null} snapshot null until the background has answered
 * @property {boolean} inspecting
 * @property {import('../shared/types.js').Inspection|null} inspection
 * @property {ErrorInfo|null} inspectError
 * @property {string|null} startedJob the job this popup started for its page
 * @property {boolean} starting
 * @property {{busy: boolean, error: ErrorInfo|null}} form the field for another address
 * @property {string} notice a sentence about what just went wrong
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
  startedJob: null,
  starting: false,
  form: { busy: false, error: null },
  notice: '',
  failure: null,
});

/**
 * The state after a message from the background.
 * @param {PopupState} state
 * @param {Snapshot|Delta} message
 * @returns {PopupState}
 */
export function afterMessage(state, message) {
  if (message.type === 'snapshot') {
    const notice = message.trouble?.text ?? state.notice;
    return { ...state, snapshot: message, notice, failure: failure(state, message.host) };
  }
  const { snapshot } = state;
  if (!snapshot) return state;
  const next = { ...snapshot, ...changed(snapshot, message) };
  return { ...state, snapshot: next, failure: failure(state, next.host) };
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
 * @returns {Partial<Snapshot>}
 */
function changed(snapshot, delta) {
  switch (delta.type) {
    case 'host.status':
      return { host: delta.host };
    case 'job.update':
    case 'job.finished':
      return { jobs: withJob(snapshot.jobs, delta.job) };
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
export function jobOfPage({ url, snapshot, inspection, startedJob }) {
  const jobs = snapshot?.jobs ?? [];
  const started = jobs.find(({ id }) => id === startedJob);
  if (started || url === null) return started;
  return jobs.find(
    (job) =>
      isPageOfJob(url, job.url) ||
      (inspection !== null &&
        inspection.thread !== null &&
        job.kind === 'thread' &&
        job.site === inspection.site &&
        job.board === inspection.board &&
        job.thread === inspection.thread),
  );
}
