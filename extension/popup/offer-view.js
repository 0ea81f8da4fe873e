/**
 * The offer to let the browser fetch what a site refuses to programs: for which jobs it would help, and which hosts that is
 * about. Pure.
 */

import { hostOf, hostPattern } from '../shared/fetch-hosts.js';
import { isActive, isEnded, isListing } from '../shared/states.js';
import { jobOfPage } from './state.js';

/** @typedef {import('../shared/types.js').Job} Job */

/**
 * What has been found out: from where the browser may fetch (null until that is known), and the hosts that refused files of
 * jobs, or pages to the threads that jobs are made of.
 * @typedef {{allowed: string[]|null, refused: ReadonlyMap<string, Refused>}} FetchFacts
 */

/** Match patterns, and the `moment` of the job for which they were found. @typedef {{files: string[], pages: string[], moment: string}} Refused */

/**
 * `hosts` are match patterns, `host` is the name of the first; `isOfPage`: for the page that the popup is about, or its job;
 * `isOfPages`: pages are refused, not files.
 * @typedef {{jobs: string[], hosts: string[], host: string, isOfPage: boolean, isOfPages: boolean, sentence: string, label: string}} FetchOffer
 */

/**
 * Whether files of the job were refused, so that it is worth asking for their addresses.
 * @param {Job} job
 */
export const hasRefused = (job) => job.files.blocked > 0 && job.state !== 'cancelled';

/**
 * Whether the pages of threads that the job is made of may have been refused: it has no error of its own then.
 * @param {Job} job
 */
export const lacksThreads = (job) => isListing(job.kind) && job.state === 'incomplete';

/**
 * The host that shows to browsers the page it refused to programs.
 * @param {import('../shared/types.js').ErrorInfo|null} error
 */
export function refusingHost(error) {
  const pattern = error?.code === 'http.refused' && error.host ? hostPattern(`https://${error.host}/`) : null;
  return pattern === null ? [] : [pattern];
}

/**
 * Which of the job's ends, or which number of refused files, something was found out for.
 * @param {Job} job
 */
export const momentOf = (job) => `${job.files.blocked} ${job.finished}`;

/**
 * Whether it is still being looked up if the browser may be given what this ended job lacks.
 * @param {Job} job
 * @param {FetchFacts} facts
 */
export function isUndecided(job, { allowed, refused }) {
  if (!isEnded(job) || !(hasRefused(job) || lacksThreads(job))) return false;
  return allowed === null || refused.get(job.id)?.moment !== momentOf(job);
}

/**
 * @param {import('./state.js').PopupState} state
 * @param {import('../shared/i18n.js').Translate} t
 * @returns {FetchOffer|null}
 */
export function offerOf(state, t) {
  const { snapshot, ownChild, inspectError } = state;
  if (!snapshot) return null;
  const jobs = [...snapshot.jobs, ...(ownChild ? [ownChild] : [])];
  return fetchOffer({ jobs, ofPage: jobOfPage(state), inspectError }, state.fetch, t);
}

/**
 * The offer, if it is what the card of the page should begin with: its job has ended for the lack of that, or its page was not
 * shown.
 * @param {import('./state.js').PopupState} state
 * @param {import('../shared/i18n.js').Translate} t
 */
export function offerOfCard(state, t) {
  const job = jobOfPage(state);
  const offer = job && !isEnded(job) ? null : offerOf(state, t);
  return offer?.isOfPage ? offer : null;
}

/**
 * @typedef {object} Known
 * @property {readonly Job[]} jobs
 * @property {Job|undefined} [ofPage] the one of them that is the page's
 * @property {import('../shared/types.js').ErrorInfo|null} inspectError
 */

/**
 * @param {Known} known
 * @param {FetchFacts} facts
 * @param {import('../shared/i18n.js').Translate} t
 * @returns {FetchOffer|null}
 */
export function fetchOffer({ jobs: known, ofPage, inspectError }, { allowed, refused }, t) {
  if (allowed === null) return null;
  const isNew = (/** @type {string} */ host) => !allowed.includes(host);
  /** @param {Job} job */
  const pagesOf = (job) => (job.state === 'cancelled' ? [] : [...refusingHost(job.error), ...(refused.get(job.id)?.pages ?? [])].filter(isNew));
  /** @param {Job} job */
  const filesOf = (job) => [...(hasRefused(job) ? (refused.get(job.id)?.files ?? []) : []), ...restingHost(job)].filter(isNew);
  const here = ofPage ? [ofPage] : [];
  // The page before all others. Without its pages there is nothing else of a thread
  const own = [...refusingHost(inspectError).filter(isNew), ...here.flatMap(pagesOf), ...here.flatMap(filesOf)];
  const pages = [...refusingHost(inspectError).filter(isNew), ...known.flatMap(pagesOf)];
  const [first] = [...own, ...pages, ...known.flatMap(filesOf)];
  if (!first) return null;
  const jobs = known.filter((job) => [...pagesOf(job), ...filesOf(job)].includes(first)).map(({ id }) => id);
  const [host, isOfPages] = [hostOf(first), pages.includes(first)];
  return {
    jobs, hosts: [first], host, isOfPage: own.includes(first), isOfPages,
    sentence: t(isOfPages ? 'fetch_offer_pages' : 'fetch_offer', host), label: t('fetch_allow'),
  };
}

/**
 * The host that a running job leaves alone because it refuses programs. One that asked to wait asks that of browsers too.
 * @param {Job} job
 */
function restingHost(job) {
  const { cooldown } = job;
  const pattern = isActive(job) && cooldown?.refusing && !cooldown.trying ? hostPattern(`https://${cooldown.host}/`) : null;
  return pattern === null ? [] : [pattern];
}
