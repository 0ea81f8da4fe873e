import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOARD_URL, boardJob, childJob, endedJob, inspection, job, listing, snapshot, THREAD_URL } from './support/samples.js';
import { unfolded, withPage } from '../../extension/popup/expansion.js';
import { BLANK, afterMessage, jobOfPage } from '../../extension/popup/state.js';

/** @typedef {import('../../extension/shared/types.js').Snapshot} Snapshot */
/** @typedef {import('../../extension/shared/types.js').Delta} Delta */

/**
 * The state after a snapshot and what followed it.
 * @param {Partial<Snapshot>} first
 * @param {...Delta} deltas
 */
const after = (first, ...deltas) => deltas.reduce(afterMessage, afterMessage(BLANK, snapshot(first)));

/** @param {import('../../extension/popup/state.js').PopupState} state */
const ids = (state) => state.snapshot?.jobs.map(({ id }) => id);

test('a change before the snapshot says nothing', () => {
  assert.equal(afterMessage(BLANK, { type: 'job.update', job: job() }).snapshot, null);
});

test('a known job is replaced in its place, a new one takes the place of its age', () => {
  const jobs = [job({ id: 'c', created: 30 }), job({ id: 'b', created: 20 }), job({ id: 'a', created: 10 })];
  assert.deepEqual(ids(after({ jobs }, { type: 'job.update', job: endedJob({ id: 'b', created: 20 }) })), ['c', 'b', 'a']);
  assert.deepEqual(ids(after({ jobs }, { type: 'job.update', job: job({ id: 'd', created: 40 }) })), ['d', 'c', 'b', 'a']);
  assert.deepEqual(ids(after({ jobs }, { type: 'job.update', job: job({ id: 'old', created: 1 }) })), ['c', 'b', 'a', 'old']);
});

test('a job that has ended is the last word', () => {
  const state = after({ jobs: [job()] }, { type: 'job.finished', job: endedJob(), report: {} });
  assert.equal(state.snapshot?.jobs[0]?.state, 'completed');
});

test('removed jobs are gone', () => {
  assert.deepEqual(ids(after({ jobs: [job(), endedJob({ id: 'j2' })] }, { type: 'jobs.removed', jobs: ['j2', 'unknown'] })), ['j1']);
});

test('settings and log follow', () => {
  const line = /** @type {const} */ ({ at: 1, level: 'info', text: 'Reading.', job: null, dropped: 0 });
  const settings = { directory: '/d', start_on_click: true, only: [], filter: '' };
  const state = after({}, { type: 'settings.changed', settings }, { type: 'log', line });
  assert.deepEqual(state.snapshot?.settings, settings);
  assert.deepEqual(state.snapshot?.log, [line]);
});

test('a new snapshot replaces everything the old one said', () => {
  assert.deepEqual(ids(after({ jobs: [job()] }, /** @type {any} */ (snapshot({ jobs: [endedJob({ id: 'j9' })] })))), ['j9']);
});

test('trouble nobody has read yet becomes the notice', () => {
  assert.equal(after({ trouble: { at: 1, text: 'The disk is full.' } }).notice, 'The disk is full.');
});

test('a failure stands while the next try goes on, and ends with it', () => {
  const status = { version: null, retry_s: null, reason: null };
  const reason = /** @type {const} */ ({ code: 'host_missing', text: '', protocol: null });
  const failed = after({ host: { ...status, phase: 'failed', reason } });
  assert.deepEqual(failed.failure, reason);
  const opening = afterMessage(failed, { type: 'host.status', host: { ...status, phase: 'opening' } });
  assert.deepEqual(opening.failure, reason);
  assert.equal(afterMessage(opening, { type: 'host.status', host: { ...status, phase: 'open' } }).failure, null);
});

test("the page's job is the one started here, else the newest that saves this page", () => {
  const jobs = [job({ id: 'new' }), endedJob({ id: 'old' }), job({ id: 'other', url: 'https://boards.4chan.org/wg/thread/8', thread: 8 })];
  const state = { ...after({ jobs }), url: `${THREAD_URL}/harbours` };
  assert.equal(jobOfPage(state)?.id, 'new');
  assert.equal(jobOfPage({ ...state, startedJob: 'old' })?.id, 'old');
  assert.equal(jobOfPage({ ...state, startedJob: 'removed meanwhile' })?.id, 'new');
  assert.equal(jobOfPage({ ...state, url: null }), undefined);
  assert.equal(jobOfPage({ ...state, url: 'https://boards.4chan.org/wg/' }), undefined);
});

test('an address that looks different belongs to the job all the same, when the host says it is that thread', () => {
  const state = { ...after({ jobs: [job()] }), url: 'https://www.4chan.org/wg/thread/7000001' };
  assert.equal(jobOfPage(state), undefined);
  assert.equal(jobOfPage({ ...state, inspection: inspection() })?.id, 'j1');
  assert.equal(jobOfPage({ ...state, inspection: inspection({}, { board: 'w' }) }), undefined);
});

test("a board's job is not the job of its threads' pages, and is that of all pages that list the same threads", () => {
  const url = 'https://boards.4chan.org/po/';
  const state = { ...after({ jobs: [boardJob({ url, kind: 'board' })] }), url };
  assert.equal(jobOfPage(state)?.id, 'b1');
  assert.equal(jobOfPage({ ...state, url: `${url}thread/7` }), undefined);
  assert.equal(jobOfPage({ ...state, url: BOARD_URL }), undefined);
  assert.equal(jobOfPage({ ...state, url: BOARD_URL, inspection: listing() })?.id, 'b1');
  assert.equal(jobOfPage({ ...state, url: BOARD_URL, inspection: listing({ kind: 'archive' }) }), undefined);
  assert.equal(jobOfPage({ ...state, url: BOARD_URL, inspection: listing({ board: 'g' }) }), undefined);
});

test("the job that a board's job made for this page becomes the page's job with its first news", () => {
  const state = { ...after({ jobs: [boardJob()] }), url: childJob().url };
  assert.equal(jobOfPage(state), undefined);
  const told = afterMessage(state, { type: 'children.changed', jobs: [childJob({ id: 'c2', url: `${childJob().url}2`, thread: 12 }), childJob()] });
  assert.equal(jobOfPage(told)?.id, 'c1');
  assert.equal(jobOfPage(afterMessage(told, { type: 'jobs.removed', jobs: ['c1'] })), undefined);
});

test('what is unfolded follows the news, and is asked for anew when some may have been missed', () => {
  const open = { ...after({ jobs: [boardJob()] }), expansion: withPage(unfolded('b1', 'threads'), { jobs: [childJob()], cursor: null }) };
  const stranger = childJob({ id: 'x', parent: 'b2' });
  const told = afterMessage(open, { type: 'children.changed', jobs: [childJob({ state: 'paused' }), stranger] });
  assert.deepEqual([...(told.expansion?.jobs.values() ?? [])].map(({ id, state }) => [id, state]), [['c1', 'paused']]);
  assert.deepEqual(afterMessage(told, snapshot()).expansion, unfolded('b1', 'threads'));
  assert.equal(afterMessage(told, { type: 'jobs.removed', jobs: ['b1'] }).expansion, null);
});
