/** The history in words. Pure. */

import { jobView } from './job-view.js';

/**
 * @typedef {object} HistoryView
 * @property {string} search
 * @property {string[]} ids
 * @property {(id: string) => import('./job-view.js').JobView|null} row
 * @property {boolean} mayClear
 * @property {boolean} isAskingToClear
 * @property {string} result for screen readers, when the search has ended
 * @property {string} empty what is said instead of rows
 */

/**
 * @param {import('./history-state.js').HistoryState} state
 * @param {import('./job-view.js').Words} words
 * @param {number} now_ms
 * @returns {HistoryView}
 */
export function historyView({ search, jobs, isLoading, isWhole, isAskingToClear }, words, now_ms) {
  const { t, tn } = words;
  const isEmpty = jobs.size === 0 && !isLoading && isWhole;
  const found = isWhole ? tn('history_found', jobs.size) : t('history_many', jobs.size);
  return {
    search,
    ids: [...jobs.keys()],
    row(id) {
      const job = jobs.get(id);
      return job ? jobView(job, words, now_ms) : null;
    },
    mayClear: jobs.size > 0 && search.trim() === '',
    isAskingToClear,
    result: isLoading ? '' : found,
    empty: isEmpty ? t(search.trim() ? 'history_none_found' : 'history_none') : '',
  };
}
