/**
 * What the card of this page shows: what is there before anything is fetched, then the job at work, then the outcome; or
 * a field for another address where there is nothing to save. Pure: state in, texts out.
 */

import { errorText, errorWords } from '../shared/error-text.js';
import { isListing } from '../shared/states.js';
import { isWebUrl, matchesAny } from '../shared/urls.js';
import { addressesIn, summary } from './addresses.js';
import { offeredFirst } from './card-buttons.js';
import { jobCard } from './job-card.js';
import { offerOfCard, refusingHost } from './offer-view.js';
import { jobOfPage } from './state.js';
import { boardCard, threadCard } from './thread-card.js';

/** @typedef {import('./card-buttons.js').Button} Button */
/** @typedef {import('./job-card.js').JobCard} JobCard */
/** @typedef {import('./job-view.js').Words} Words */
/** @typedef {import('./state.js').PopupState} PopupState */
/** @typedef {import('./thread-card.js').ThreadCard} ThreadCard */
/** @typedef {{kind: 'form', sentence: string, text: string, summary: string, error: string, busy: boolean, mayClose: boolean, mayTakeTabs: boolean}} FormCard */
/** @typedef {{kind: 'trouble', sentence: string, hint: string, primary: Button, secondary: Button|null, offer: import('./offer-view.js').FetchOffer|null, isUndecided: boolean}} TroubleCard */
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
  if (job) return jobCard(job, state, words, now_ms);
  const { inspection, inspectError } = state;
  if (inspection) return isListing(inspection.kind) ? boardCard(inspection, state, words) : threadCard(inspection, state, words);
  if (!mayInspect(state)) return form(state, t('page_other'), words);
  if (inspectError) {
    if (inspectError.code.startsWith('url.')) return form(state, t('page_other'), words);
    return trouble(inspectError, state, words);
  }
  return { kind: 'loading' };
}

/**
 * @param {import('../shared/types.js').ErrorInfo} error
 * @param {PopupState} state
 * @param {Words} words
 * @returns {TroubleCard}
 */
function trouble(error, state, words) {
  const { t } = words;
  const offer = offerOfCard(state, t);
  const primary = /** @type {Button} */ ({ label: t('check_again'), action: 'inspect', enabled: true });
  const { message, hint } = errorWords(error, t);
  return {
    kind: 'trouble', offer, isUndecided: refusingHost(error).length > 0 && state.fetch.allowed === null,
    sentence: offer?.sentence ?? message, hint: offer ? '' : hint,
    ...offeredFirst(offer, { primary, secondary: null }, words),
  };
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
