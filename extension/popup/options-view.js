/** What is offered before a start: a filter and what it leaves, watching, the place in the queue, the first names. Pure. */

import { errorText } from '../shared/error-text.js';
import { isListing } from '../shared/states.js';

/** @typedef {import('../shared/types.js').Inspection} Inspection */
/** @typedef {import('../shared/types.js').Priority} Priority */
/** @typedef {import('./job-view.js').Words} Words */
/** @typedef {import('./state.js').PopupState} PopupState */

/**
 * @typedef {object} OptionsView
 * @property {boolean} isOpen
 * @property {string} filter
 * @property {string} error what is wrong with it, with the place, or ''
 * @property {string} result what it leaves
 * @property {boolean} isBusy whether the result is that of an earlier filter
 * @property {boolean} mayWatch
 * @property {boolean} watch
 * @property {Priority} priority
 * @property {string} directory where the files will be, below the download folder; '' when that is not known
 * @property {string[]} names of the first files
 * @property {string} more how many files follow
 */

/** Names that are shown; the host tells some more. */
const NAMES = 3;

/**
 * @param {PopupState} state
 * @param {Words} words
 * @returns {OptionsView}
 */
export function optionsView(state, words) {
  const { inspection, choices, filterError, areOptionsOpen } = state;
  const isList = inspection !== null && isListing(inspection.kind);
  const names = inspection?.preview?.names.slice(0, NAMES) ?? [];
  const further = inspection ? matching(inspection) - names.length : 0;
  return {
    isOpen: areOptionsOpen,
    filter: filterOf(state),
    error: filterError ? errorText(filterError, words.t) : '',
    result: result(state, words),
    isBusy: state.inspecting,
    mayWatch: mayWatch(state),
    watch: choices.watch,
    priority: choices.priority ?? (isList ? 'low' : 'normal'),
    directory: inspection?.preview?.directory ?? '',
    names,
    more: names.length > 0 && further > 0 ? words.tn('preview_more', further) : '',
  };
}

/**
 * The filter as it stands: chosen here, else that of the settings.
 * @param {Pick<PopupState, 'choices'|'snapshot'>} state
 */
export const filterOf = ({ choices, snapshot }) => choices.filter ?? snapshot?.settings?.filter ?? '';

/**
 * Files that the site still has: `total` counts those, too, that a poster or moderator has deleted.
 * @param {Inspection} inspection
 */
export const living = ({ files }) => files.images + files.videos + files.other;

/**
 * Those of them that the person's choices do not leave out.
 * @param {Inspection} inspection
 */
export const matching = (inspection) => Math.max(0, living(inspection) - inspection.files.filtered);

/**
 * Whether the page is, as far as is known, a thread.
 * @param {Pick<PopupState, 'inspection'>} state
 */
export const mayWatch = ({ inspection }) => inspection === null || inspection.kind === 'thread';

/**
 * What goes with the order to start.
 * @param {PopupState} state
 * @returns {Record<string, unknown>}
 */
export function startOptions(state) {
  const { filter, watch, priority } = state.choices;
  return {
    ...(filter !== null && { filter: filter.trim() }),
    ...(watch && mayWatch(state) && { watch }),
    ...(priority && { priority }),
  };
}

/**
 * @param {PopupState} state
 * @param {Words} words
 */
function result(state, { t, tn, format }) {
  const { inspection, filterError } = state;
  if (filterError || !inspection || filterOf(state).trim() === '') return '';
  if (isListing(inspection.kind)) return t('filter_of_threads');
  return tn('filter_matches', living(inspection), format.count(matching(inspection)));
}
