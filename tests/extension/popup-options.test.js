import assert from 'node:assert/strict';
import { test } from 'node:test';
import './support/browser.js';
import { objections } from './support/contract.js';
import { hello, inspection, listing, snapshot, THREAD_URL } from './support/samples.js';
import { cardView } from '../../extension/popup/card-view.js';
import { optionsView, startOptions } from '../../extension/popup/options-view.js';
import { BLANK, afterMessage } from '../../extension/popup/state.js';
import { createFormat } from '../../extension/shared/format.js';
import { t, tn } from '../../extension/shared/i18n.js';

/** @typedef {import('../../extension/popup/state.js').PopupState} PopupState */

const words = { t, tn, format: createFormat('en') };

/**
 * @param {Partial<Omit<PopupState, 'choices'>> & {choices?: Partial<PopupState['choices']>}} [change]
 * @param {string} [filter] of the settings
 * @returns {PopupState}
 */
function state({ choices, ...change } = {}, filter = '') {
  const before = afterMessage({ ...BLANK, url: THREAD_URL }, snapshot({ settings: { ...hello().settings, filter } }));
  return { ...before, inspection: inspection(), areOptionsOpen: true, ...change, choices: { ...BLANK.choices, ...choices } };
}

/** @param {PopupState} given */
const view = (given) => optionsView(given, words);

/** @param {PopupState} given */
function orderOf(given) {
  const options = startOptions(given);
  assert.equal(objections('requests.json', 'job.start', { id: 1, type: 'job.start', urls: [THREAD_URL], options }), '');
  return options;
}

test('what a filter leaves is told in numbers, as soon as it is known', () => {
  const choices = { filter: 'kind:videos' };
  const found = view(state({ choices, inspection: inspection({ filtered: 114 }) }));
  assert.deepEqual([found.result, found.isBusy, found.more], ['37 of 151 match', false, 'and 35 more']);
  assert.equal(view(state({ choices, inspecting: true })).isBusy, true);
  assert.equal(view(state()).result, '');
});

test('the filter of the settings holds until another is chosen, which may be none', () => {
  assert.equal(view(state({}, 'kind:videos')).filter, 'kind:videos');
  assert.equal(view(state({ choices: { filter: '' } }, 'kind:videos')).filter, '');
});

test('a filter that cannot be read: why and where, and nothing can be started', () => {
  const filterError = { code: 'filter.invalid', message: 'The filter cannot be read at character 14: there is no field wdth.', hint: '' };
  const given = state({ choices: { filter: 'kind:images  wdth:>1' }, filterError });
  assert.deepEqual([view(given).error, view(given).result], [filterError.message, '']);
  for (const each of [given, { ...given, inspection: listing() }]) {
    const card = /** @type {any} */ (cardView(each, words, 0));
    assert.equal(card.primary.enabled, false);
  }
});

test('only what was chosen goes with the order', () => {
  assert.deepEqual(orderOf(state()), {});
  assert.deepEqual(orderOf(state({ choices: { filter: '  ' } }, 'kind:videos')), { filter: '' });
  const choices = { filter: ' ext:webm ', watch: true, priority: /** @type {const} */ ('high') };
  assert.deepEqual(orderOf(state({ choices })), { filter: 'ext:webm', watch: true, priority: 'high' });
});

test('a thread of which all is here can still be watched', () => {
  const given = state({ inspection: inspection({ have: 151 }), choices: { watch: true } });
  const card = /** @type {any} */ (cardView(given, words, 0));
  assert.deepEqual(card.primary, { label: 'Watch this thread', action: 'start', enabled: true });
  const empty = inspection({ total: 0, images: 0, videos: 0, bytes: 0 });
  assert.equal(/** @type {any} */ (cardView({ ...given, inspection: empty }, words, 0)).options.mayWatch, true);
});

test('a board is not watched, and goes after threads unless something else is chosen', () => {
  const given = state({ inspection: listing(), choices: { watch: true } });
  const { mayWatch, priority, directory, names } = view(given);
  assert.deepEqual([mayWatch, priority, directory, names], [false, 'low', '', []]);
  assert.deepEqual(orderOf(given), {});
  assert.equal(view(state({ inspection: listing(), choices: { priority: 'high' } })).priority, 'high');
});

test('a filter of a board cannot be counted before its threads are read', () => {
  assert.equal(view(state({ inspection: listing(), choices: { filter: 'kind:videos' } })).result, 'in every thread');
});

test('the first names are shown, and how many follow', () => {
  const names = Array.from({ length: 10 }, (_, number) => `${number}.jpg`);
  const { directory, names: shown, more } = view(state({ inspection: inspection({}, { preview: { directory: '4chan/wg/7', names } }) }));
  assert.deepEqual([directory, shown, more], ['4chan/wg/7', ['0.jpg', '1.jpg', '2.jpg'], 'and 148 more']);
  assert.equal(view(state({ inspection: null })).more, '');
});
