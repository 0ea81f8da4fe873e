import assert from 'node:assert/strict';
import { test } from 'node:test';
import './support/browser.js';
import { endedJob, inspection, job, snapshot, THREAD_URL } from './support/samples.js';
import { addressesIn, goodAddresses, summary } from '../../extension/popup/addresses.js';
import { parts, partsOf } from '../../extension/popup/file-states.js';
import { filesOf, withFileNews, withFilePage } from '../../extension/popup/files-state.js';
import { filesView } from '../../extension/popup/files-view.js';
import { historyOf, withHistoryPage } from '../../extension/popup/history-state.js';
import { historyView } from '../../extension/popup/history-view.js';
import { reasonKind, reasons } from '../../extension/popup/reasons.js';
import { paths } from '../../extension/popup/speed-graph.js';
import { BLANK, afterMessage } from '../../extension/popup/state.js';
import { popupView } from '../../extension/popup/view.js';
import { createFormat } from '../../extension/shared/format.js';
import { t, tn } from '../../extension/shared/i18n.js';
import { lastMinute, withSpeeds } from '../../extension/shared/speeds.js';

/** @typedef {import('../../extension/shared/types.js').JobFile} JobFile */

const words = { t, tn, format: createFormat('en') };
const now_ms = 1_700_000_400_000;

/**
 * @param {string} id
 * @param {JobFile['state']} state
 * @param {Partial<JobFile>} [change]
 * @returns {JobFile}
 */
const file = (id, state, change) => ({ id, post: 1, name: `${id}.jpg`, url: `https://i.4cdn.org/${id}.jpg`, state, reason: null, size: 2_000_000, done: 0, ...change });

test('the parts of the bar sum to the whole, in every moment of a job', () => {
  const moments = [
    { total: 0 },
    { total: 9 },
    { total: 9, active: 3, saved: 2, done: 2 },
    { total: 9, active: 9, saved: 8, done: 8 }, // told a moment apart
    { total: 9, done: 9, saved: 2, have: 1, duplicate: 1, differs: 1, gone: 1, deleted: 1, filtered: 1, blocked: 1 },
  ];
  for (const files of moments) {
    const found = parts(job({ files }).files);
    assert.equal(found.reduce((sum, { count }) => sum + count, 0), files.total);
    assert(found.every(({ count }) => count > 0));
  }
});

test('the bar begins with what is here and ends with what nobody wants', () => {
  const files = { total: 9, done: 9, saved: 4, filtered: 1, gone: 2, failed: 2 };
  assert.deepEqual(parts(job({ files }).files).map(({ state, group }) => [state, group]), [
    ['saved', 'here'], ['failed', 'missing'], ['gone', 'lost'], ['filtered', 'out'],
  ]);
  assert.deepEqual(partsOf([file('a', 'queued'), file('b', 'saved'), file('c', 'queued')]).map(({ state, count }) => [state, count]), [['saved', 1], ['queued', 2]]);
});

/** @param {JobFile[]} files */
function screen(files, change = {}) {
  const of = endedJob({ state: 'incomplete', files: { total: files.length, done: files.length } });
  return { ...withFilePage(filesOf(of), files, true), ...change };
}

test('the files: the whole in words, the share of each state, and the rows of one', () => {
  const files = [file('a', 'saved'), file('b', 'blocked', { reason: 'http.403' }), file('c', 'have'), file('d', 'failed', { reason: 'http.cut' })];
  const view = filesView(screen(files), words);
  assert.deepEqual([view.sentence, view.empty, view.ids], ['2 of 4 files are here', '', ['a', 'b', 'c', 'd']]);
  assert.deepEqual(view.parts.map(({ word, number, share }) => [word, number, share]), [['saved', '1', '25%'], ['had before', '1', '25%'], ['refused', '1', '25%'], ['failed', '1', '25%']]);
  assert.deepEqual(filesView(screen(files, { only: 'blocked' }), words).ids, ['b']);
  assert.deepEqual(filesView(screen(files, { only: 'gone' }), words).ids, view.ids, 'a state that no file is in any more shows all');
});

test('what is not to be had is no part of what there is', () => {
  const files = [file('a', 'saved'), file('b', 'deleted'), file('c', 'have'), file('d', 'filtered')];
  assert.equal(filesView(screen(files), words).sentence, 'All 2 files are here');
});

test('a file can be tried again, opened or shown, as it is', () => {
  const files = [
    file('a', 'saved'), file('b', 'blocked', { reason: 'http.403' }), file('c', 'have', { name: 'c.pdf' }), file('d', 'gone'), file('e', 'filtered'),
    file('f', 'saved', { reason: 'browser' }), file('g', 'saved', { name: 'g.jpg.exe' }),
  ];
  const { row } = filesView(screen(files), words);
  assert.deepEqual(['a', 'b', 'c', 'd', 'e', 'g'].map((id) => row(id)?.actions), [['open', 'reveal'], ['retry'], ['reveal'], ['retry'], [], ['reveal']]);
  assert.deepEqual(['b', 'f'].map((id) => row(id)?.words), ['refused · no programs', t('file_saved_browser')]);
  const atWork = filesView({ ...screen(files), job: job({ files: { total: 7 } }) }, words);
  assert.deepEqual(atWork.row('b')?.actions, [], 'while the job is at work it goes its way by itself');
  assert.equal(row('unknown'), null);
});

test('news of files: known ones change in their places, new ones wait until all pages are here', () => {
  const before = withFilePage(filesOf(job()), [file('a', 'queued'), file('b', 'queued')], false);
  const news = withFileNews(before, [file('b', 'saved'), file('z', 'saved')]);
  assert.deepEqual([...news.files].map(([id, { state }]) => [id, state]), [['a', 'queued'], ['b', 'saved']]);
  const whole = withFileNews({ ...news, isWhole: true }, [file('z', 'saved')]);
  assert.deepEqual([...whole.files.keys()], ['a', 'b', 'z']);
});

test('a list of files that is being read, cannot be read, or is empty, says so', () => {
  assert.match(filesView(filesOf(job()), words).empty, /Reading/);
  assert.match(filesView({ ...filesOf(job()), hasFailed: true }, words).empty, /could not be read/);
  assert.equal(filesView(withFilePage(filesOf(endedJob({ files: { total: 0 } })), [], true), words).empty, '0 files');
});

test('every reason of the host is one of our sentences, and the most frequent is told first', () => {
  /** @type {Record<string, string>} */
  const table = {
    'http.403': 'refused', 'http.challenge': 'refused', 'host.refuses': 'refused', 'http.429': 'busy', 'http.503': 'trouble', 'http.cut': 'network',
    'http.unreachable': 'network', 'fake.html': 'fake', 'disk.full': 'disk', 'site.no_address': 'nowhere', 'browser.network': 'browser', 'browser.permission': 'refused',
  };
  for (const [reason, kind] of Object.entries(table)) {
    assert.equal(reasonKind({ state: 'failed', reason }), kind, reason);
    assert.notEqual(t(`why_${kind}`), `why_${kind}`);
    assert.match(tn(`reason_${kind}`, 3), /^3 files/);
  }
  assert.deepEqual([reasonKind({ state: 'blocked', reason: null }), reasonKind({ state: 'failed', reason: 'what.ever' })], ['refused', 'unknown']);
  assert.deepEqual(reasons([file('a', 'failed', { reason: 'http.cut' }), file('b', 'blocked'), file('c', 'blocked')]), [{ kind: 'refused', count: 2 }, { kind: 'network', count: 1 }]);
});

test('an incomplete job says why and what to do, more exactly once its files are known', () => {
  const done = endedJob({ state: 'incomplete', files: { done: 151, saved: 148, blocked: 2, failed: 1 } });
  const state = { ...BLANK, url: THREAD_URL, snapshot: snapshot({ jobs: [done] }), inspection: inspection() };
  const reasonsOf = (/** @type {any} */ change) => /** @type {any} */ (popupView({ ...state, ...change }, words, { now_ms, extensionId: 'x' })).card.reasons;
  assert.deepEqual(reasonsOf({}).map((/** @type {string} */ text) => text.slice(0, 8)), ['2 files:', '1 file c']);
  const missing = { end: `${done.id} ${done.finished}`, files: [file('a', 'blocked', { reason: 'http.429' }), file('b', 'blocked', { reason: 'http.429' }), file('c', 'failed', { reason: 'disk.full' })] };
  assert.match(reasonsOf({ missing })[0], /2 files: the site wants fewer requests/);
  assert.match(reasonsOf({ missing })[1], /Make room/);
});

test('addresses are taken out of any text, each once', () => {
  const text = ' https://x.org/1\nhttps://x.org/2, <https://x.org/1>;\t"https://x.org/3" ';
  assert.deepEqual(addressesIn(text), ['https://x.org/1', 'https://x.org/2', 'https://x.org/3']);
  assert.deepEqual(addressesIn(' \n '), []);
  assert.equal(addressesIn(`https://x.org/${'a'.repeat(3_000)}`).length, 0);
});

test('of many addresses: one for each thread, and how many lead nowhere', () => {
  const thread = { site: '4chan', kind: /** @type {const} */ ('thread'), board: 'g', thread: 1 };
  /** @type {Map<string, import('../../extension/shared/types.js').Page|null>} */
  const pages = new Map();
  const told = /** @type {const} */ ([['a', thread], ['b', thread], ['c', null], ['d', { ...thread, kind: 'catalog', thread: null }]]);
  for (const [url, page] of told) pages.set(url, page);
  assert.deepEqual(goodAddresses(['a', 'b', 'c', 'd', 'unknown yet'], pages), ['a', 'd', 'unknown yet']);
  assert.equal(summary(['a', 'b', 'c', 'd'], pages, words), '1 thread, 1 board with all its threads · 1 that cannot be saved');
  assert.equal(summary(['unknown yet'], pages, words), '');
});

test('the history: found or not, and cleared only as a whole', () => {
  const jobs = [endedJob(), endedJob({ id: 'j2' })];
  const view = historyView(withHistoryPage(historyOf(), { jobs, cursor: null }), words, now_ms);
  assert.deepEqual([view.ids, view.mayClear, view.result, view.empty], [['j1', 'j2'], true, '2 downloads', '']);
  assert.equal(historyView(withHistoryPage(historyOf('night'), { jobs, cursor: null }), words, now_ms).mayClear, false);
  assert.equal(historyView(withHistoryPage(historyOf('night'), { jobs: [], cursor: null }), words, now_ms).empty, 'Nothing found.');
  assert.equal(historyView({ ...historyOf(), isLoading: true }, words, now_ms).empty, '');
});

test('the screens follow their jobs, and close with a job that is taken off the list', () => {
  const state = { ...BLANK, url: null, snapshot: snapshot({ jobs: [job()] }), files: filesOf(job()), history: withHistoryPage(historyOf(), { jobs: [endedJob({ id: 'j9' })], cursor: null }) };
  const moved = afterMessage(state, { type: 'job.update', job: job({ files: { done: 7, saved: 7 } }) });
  assert.equal(moved.files?.job.files.saved, 7);
  const removed = afterMessage(moved, { type: 'jobs.removed', jobs: ['j1', 'j9'] });
  assert.deepEqual([removed.files, removed.history?.jobs.size], [null, 0]);
});

test('the speeds of the last minute: one a second, older ones are forgotten, a job at rest has none', () => {
  let speeds = withSpeeds({}, [job({ speed: 5 })], 1_000_000);
  speeds = withSpeeds(speeds, [job({ speed: 7 })], 1_000_400);
  speeds = withSpeeds(speeds, [job({ speed: 9 })], 1_005_000);
  assert.deepEqual(speeds.j1, [[1_000, 7], [1_005, 9]]);
  assert.deepEqual(withSpeeds(speeds, [job({ speed: 1 })], 1_066_000).j1, [[1_066, 1]]);
  assert.deepEqual(withSpeeds(speeds, [job({ state: 'paused' })], 1_006_000), {});
});

test('what was not measured is blank, what stopped falls to nothing', () => {
  const rates = lastMinute([[1_000, 7], [1_005, 9]], 1_008_900);
  assert.deepEqual([rates.length, rates.filter((rate) => rate === null).length], [60, 51]);
  assert.deepEqual(rates.slice(-9), [7, 7, 7, 0, 0, 9, 9, 9, 0]);
  assert.deepEqual(new Set(lastMinute(undefined, 1_000_000)), new Set([null]));
});

test('the graph begins at nothing, and its height is the share of the fastest second', () => {
  const { line, area } = paths([null, 0, 50, 100], 100);
  assert.equal(line, 'M1 23.0L2 12.5L3 2.0');
  assert.equal(area, 'M1 23.0L2 12.5L3 2.0L3 24L1 24Z');
  assert.deepEqual(paths([null, 4], 4), { line: '', area: '' });
});
