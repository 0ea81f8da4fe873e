/**
 * The whole popup as one value: which screen, the card, the other jobs, a notice. Pure; the page only paints it.
 */

import { isEnded } from '../shared/states.js';
import { cardView } from './card-view.js';
import { threadIds } from './expansion.js';
import { filesView } from './files-view.js';
import { historyView } from './history-view.js';
import { hostView } from './host-view.js';
import { jobView, nameOf } from './job-view.js';
import { offerOf } from './offer-view.js';
import { jobOfPage } from './state.js';

/** Jobs that have ended which are shown beside those at work. */
const RECENT = 5;

/**
 * @typedef {object} MainView
 * @property {'main'} screen
 * @property {import('./card-view.js').CardView} card
 * @property {import('./job-view.js').JobView[]} jobs all but the card's
 * @property {boolean} isQuiet whether there is nothing but the card
 * @property {import('./unfolding.js').UnfoldedView|null} unfolded the one job that is unfolded
 * @property {boolean} isCounting whether something that is shown goes on with the time
 * @property {import('./offer-view.js').FetchOffer|null} offer to let the browser fetch, where it is not the card's
 * @property {string} notice
 * @property {import('../shared/types.js').LogLine[]} log
 */

/** @typedef {{screen: 'files', notice: string, files: import('./files-view.js').FilesView}} FilesScreenView */
/** @typedef {{screen: 'history', notice: string, history: import('./history-view.js').HistoryView}} HistoryScreenView */
/** @typedef {{screen: 'loading'} | FilesScreenView | HistoryScreenView | {screen: 'host', host: import('./host-view.js').HostView, trying: boolean} | MainView} PopupView */

/**
 * @param {import('./state.js').PopupState} state
 * @param {import('./job-view.js').Words} words
 * @param {{now_ms: number, extensionId: string}} around
 * @returns {PopupView}
 */
export function popupView(state, words, { now_ms, extensionId }) {
  const { snapshot, failure } = state;
  if (!snapshot) return { screen: 'loading' };
  if (failure) {
    return { screen: 'host', host: hostView(failure, extensionId, words.t), trying: snapshot.host.phase === 'opening' };
  }
  const notice = noticeOf(state, words.t);
  if (state.files) return { screen: 'files', notice, files: filesView(state.files, words) };
  if (state.history) return { screen: 'history', notice, history: historyView(state.history, words, now_ms) };
  const ofPage = jobOfPage(state);
  const others = recent(snapshot.jobs.filter((job) => job !== ofPage));
  const card = cardView(state, words, now_ms);
  const jobs = others.map((job) => jobView(job, words, now_ms));
  return {
    screen: 'main',
    card,
    jobs,
    unfolded: unfoldedView(state, words, now_ms),
    isCounting: jobs.some((job) => job.isCounting) || (card.kind === 'job' && (card.job.isCounting || card.speed !== null)),
    isQuiet: snapshot.jobs.length === 0,
    offer: 'offer' in card && card.offer ? null : offerOf(state, words.t),
    notice,
    log: snapshot.log.filter((line) => line.level !== 'debug'),
  };
}

/**
 * All that have not ended, in the order in which they come on, so that those at work are at the top and one that begins stays
 * where it is; below them the last of those that have ended: the others are in the history.
 * @param {readonly import('../shared/types.js').Job[]} jobs newest first
 */
function recent(jobs) {
  const going = jobs.filter((job) => !isEnded(job)).reverse().sort((a, b) => a.created - b.created);
  const ended = jobs.filter(isEnded).sort((a, b) => (b.finished ?? 0) - (a.finished ?? 0)).slice(0, RECENT);
  return [...going, ...ended];
}

/**
 * What just went wrong is told before what was put right by itself.
 * @param {import('./state.js').PopupState} state
 * @param {import('../shared/i18n.js').Translate} t
 */
function noticeOf({ isHostAway, isHostBack, notice }, t) {
  if (isHostAway) return t('notice_restarting');
  return notice || (isHostBack ? t('host_back') : '');
}

/**
 * @param {import('./state.js').PopupState} state
 * @param {import('./job-view.js').Words} words
 * @param {number} now_ms
 * @returns {import('./unfolding.js').UnfoldedView|null}
 */
function unfoldedView({ snapshot, expansion, ownChild }, words, now_ms) {
  const job = [...(snapshot?.jobs ?? []), ...(ownChild ? [ownChild] : [])].find(({ id }) => id === expansion?.job);
  if (!expansion || !job) return null;
  const { t } = words;
  const title = job.title || nameOf(job);
  if (expansion.what === 'new') {
    const files = [...expansion.files.values()].sort((a, b) => b.post - a.post);
    return { job: job.id, files: { files, label: t('action_of', t('new_files'), title) } };
  }
  /** @param {string} id */
  const view = (id) => {
    const child = expansion.jobs.get(id);
    return child ? jobView(child, words, now_ms) : null;
  };
  return { job: job.id, threads: { ids: threadIds(expansion, job), view, label: t('action_of', t('unfold_threads'), title) } };
}

/**
 * A job that is on the screen: the card's, a row's, or a thread of the board that is unfolded.
 * @param {MainView} view
 * @param {string} id
 */
export function jobShown({ card, jobs, unfolded }, id) {
  const own = card.kind === 'job' ? [card.job] : [];
  const found = [...own, ...jobs].find((job) => job.id === id);
  return found ?? (unfolded && 'threads' in unfolded ? unfolded.threads.view(id) : null);
}
