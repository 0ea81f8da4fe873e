import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boardJob, childJob } from './support/samples.js';
import { threadIds, unfolded, withFiles, withJobs, withPage, withoutJobs } from '../../extension/popup/expansion.js';
import { rowsInView } from '../../extension/popup/window.js';

/**
 * @param {string} id
 * @param {Partial<import('../../extension/shared/types.js').JobFile>} [change]
 * @returns {import('../../extension/shared/types.js').JobFile}
 */
const file = (id, change) => ({ id, post: 1, name: `${id}.jpg`, url: `https://x.org/${id}.jpg`, state: 'saved', reason: null, size: 1, done: 1, ...change });

/** @param {import('../../extension/popup/expansion.js').Expansion} expansion */
const states = ({ jobs }) => Object.fromEntries([...jobs].map(([id, { state }]) => [id, state]));

test('pages add up, and what was told by itself is newer than what was asked for', () => {
  const asked = unfolded('b1', 'threads');
  const told = withJobs({ ...asked, isLoading: true }, [childJob({ id: 'c2', state: 'completed' })]);
  const first = withPage(told, { jobs: [childJob({ id: 'c1' }), childJob({ id: 'c2', state: 'queued' })], cursor: '2' });
  assert.deepEqual([states(first), first.cursor, first.isLoading, first.isWhole], [{ c1: 'running', c2: 'completed' }, '2', false, false]);
  const second = withPage(first, { jobs: [childJob({ id: 'c3' })], cursor: null });
  assert.deepEqual([Object.keys(states(second)).sort(), second.isWhole], [['c1', 'c2', 'c3'], true]);
});

test('of a board that names only its first threads the others have their places, until they are listed', () => {
  const board = boardJob({ children: ['c1', 'c2'], threads: { total: 5, done: 0 } });
  const opened = withJobs(unfolded('b1', 'threads'), [childJob({ id: 'c5' })]);
  assert.deepEqual(threadIds(opened, board), ['c1', 'c2', '?2', '?3', '?4']);
  const page = (/** @type {string[]} */ ...ids) => ids.map((id) => childJob({ id }));
  const half = withPage(opened, { jobs: page('c1', 'c2', 'c3'), cursor: 'more' });
  assert.deepEqual(threadIds(half, board), ['c1', 'c2', 'c3', '?3', '?4']);
  const whole = withPage(half, { jobs: page('c4', 'c5'), cursor: null });
  assert.deepEqual(threadIds(whole, board), ['c1', 'c2', 'c3', 'c4', 'c5']);
  assert.deepEqual(threadIds(withJobs(whole, page('c6')), board), ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
});

test('the order is that of the board, whatever came first; threads it does not name yet come last', () => {
  const expansion = withPage(unfolded('b1', 'threads'), { jobs: [childJob({ id: 'late' }), childJob({ id: 'c3' }), childJob({ id: 'c1' })], cursor: null });
  assert.deepEqual(threadIds(expansion, boardJob()), ['c1', 'c2', 'c3', 'late']);
});

test('threads that were removed are forgotten, a board that was removed is folded', () => {
  const expansion = withJobs(unfolded('b1', 'threads'), [childJob({ id: 'c1' }), childJob({ id: 'c2' })]);
  assert.deepEqual(Object.keys(states(/** @type {any} */ (withoutJobs(expansion, ['c1', 'x'])))), ['c2']);
  assert.equal(withoutJobs(expansion, ['b1']), null);
  assert.equal(withoutJobs(null, ['b1']), null);
});

test('of a watched thread only the new files are kept, and they stay when their reason becomes another', () => {
  const open = withPage(unfolded('j1', 'new'), { files: [file('old'), file('new', { state: 'active', reason: 'new' })], cursor: null });
  assert.deepEqual([...open.files.keys()], ['new']);
  const failed = withFiles(open, 'j1', [file('new', { state: 'failed', reason: 'http.status' }), file('other')]);
  assert.deepEqual([...failed.files.values()].map(({ id, state }) => [id, state]), [['new', 'failed']]);
  assert.equal(withFiles(open, 'j2', [file('x', { reason: 'new' })]), open);
});

test('a thread that brings thousands does not fill the memory', () => {
  const many = Array.from({ length: 5_000 }, (_, number) => file(`f${number}`, { reason: 'new' }));
  const { files } = withFiles(unfolded('j1', 'new'), 'j1', many);
  assert.deepEqual([files.size, files.has('f4999')], [500, true]);
});

test('of a long list only the rows near the eye are there', () => {
  assert.deepEqual(rowsInView({ count: 3_000, row_px: 48, scroll_px: 0, view_px: 194 }), [0, 8]);
  assert.deepEqual(rowsInView({ count: 3_000, row_px: 48, scroll_px: 48_000, view_px: 194 }), [997, 1008]);
  assert.deepEqual(rowsInView({ count: 3_000, row_px: 48, scroll_px: 143_806, view_px: 194 }), [2992, 3000]);
  assert.deepEqual(rowsInView({ count: 2, row_px: 48, scroll_px: 0, view_px: 194 }), [0, 2]);
  assert.deepEqual(rowsInView({ count: 2, row_px: 48, scroll_px: 9_000, view_px: 194 }), [2, 2]);
});
