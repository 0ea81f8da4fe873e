/** The screen of the history: ended jobs that were asked for, a page at a time. Pure. */

/** @typedef {import('../shared/types.js').Job} Job */

/**
 * @typedef {object} HistoryState
 * @property {string} search
 * @property {ReadonlyMap<string, Job>} jobs by id, the last to end first
 * @property {string|null} cursor where the next page begins
 * @property {boolean} isLoading
 * @property {boolean} isWhole
 * @property {boolean} isAskingToClear the person is asked whether it shall be cleared
 */

/** @param {string} [search] @returns {HistoryState} */
export const historyOf = (search = '') => ({ search, jobs: new Map(), cursor: null, isLoading: false, isWhole: false, isAskingToClear: false });

/**
 * @param {HistoryState} state
 * @param {{jobs: readonly Job[], cursor: string|null}} page
 * @returns {HistoryState}
 */
export const withHistoryPage = (state, { jobs, cursor }) => ({
  ...state,
  jobs: new Map([...state.jobs, ...entries(jobs)]),
  cursor,
  isLoading: false,
  isWhole: cursor === null,
});

/**
 * With newer views of jobs that are shown. One that was tried again stays in its place, as it is now.
 * @param {HistoryState} state
 * @param {readonly Job[]} jobs
 * @returns {HistoryState}
 */
export function withHistoryNews(state, jobs) {
  const known = jobs.filter(({ id }) => state.jobs.has(id));
  return known.length ? { ...state, jobs: new Map([...state.jobs, ...entries(known)]) } : state;
}

/**
 * @param {HistoryState} state
 * @param {readonly string[]} ids
 * @returns {HistoryState}
 */
export const withoutHistory = (state, ids) => ({ ...state, jobs: new Map([...state.jobs].filter(([id]) => !ids.includes(id))) });

/**
 * @param {readonly Job[]} jobs
 * @returns {[string, Job][]}
 */
const entries = (jobs) => jobs.map((job) => [job.id, job]);
