/**
 * The whole popup as one value: which screen, the card, the other jobs, a notice. Pure; the page only paints it.
 */

import { isEnded } from '../shared/states.js';
import { cardView } from './card-view.js';
import { hostView } from './host-view.js';
import { jobView } from './job-view.js';
import { jobOfPage } from './state.js';

/**
 * @typedef {object} MainView
 * @property {'main'} screen
 * @property {import('./card-view.js').CardView} card
 * @property {import('./job-view.js').JobView[]} jobs all but the card's, newest first
 * @property {boolean} mayClear whether there are ended jobs to take off the list
 * @property {string} notice
 * @property {import('../shared/types.js').LogLine[]} log
 */

/** @typedef {{screen: 'loading'} | {screen: 'host', host: import('./host-view.js').HostView, trying: boolean} | MainView} PopupView */

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
  const ofPage = jobOfPage(state);
  const others = snapshot.jobs.filter((job) => job !== ofPage);
  return {
    screen: 'main',
    card: cardView(state, words, now_ms),
    jobs: others.map((job) => jobView(job, words, now_ms)),
    mayClear: others.some(isEnded),
    notice: snapshot.host.phase === 'waiting' ? words.t('notice_restarting') : state.notice,
    log: snapshot.log.filter((line) => line.level !== 'debug'),
  };
}
