import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBrowser } from './support/browser.js';
import { endedJob, job } from './support/samples.js';
import { Badge, face } from '../../extension/background/badge.js';
import { createFormat } from '../../extension/shared/format.js';
import { t, tn } from '../../extension/shared/i18n.js';

const words = { t, tn, format: createFormat('en') };

/**
 * @param {import('../../extension/shared/types.js').Job[]} jobs
 * @param {import('../../extension/shared/types.js').Trouble|null} [trouble]
 */
const faceOf = (jobs, trouble = null) => face(jobs, trouble, words);

test('nothing when all is quiet', () => {
  assert.deepEqual([faceOf([]).text, faceOf([endedJob()]).text], ['', '']);
  assert.equal(faceOf([]).title, 'Threadreel');
});

test('the files still to come, of all active jobs together', () => {
  const jobs = [job({ files: { done: 84 }, speed: 3_100_000 }), job({ id: 'j2', state: 'queued', files: { total: 10 } }), endedJob()];
  assert.equal(faceOf(jobs).text, '77');
  assert.equal(faceOf(jobs).title, 'Threadreel – 77 files to go, 3.1 MB/s');
});

test('one file is not "1 files"', () => {
  assert.equal(faceOf([job({ files: { done: 150 } })]).title, 'Threadreel – 1 file to go');
});

test('dots while the thread is being read', () => {
  assert.equal(faceOf([job({ state: 'scanning', files: { total: 0 } })]).text, '…');
});

test('percent when there are more files than fit', () => {
  assert.equal(faceOf([job({ files: { total: 4_000, done: 1_000 } })]).text, '25%');
});

test('every text fits on a badge', () => {
  for (const total of [0, 1, 999, 1_000, 1_000_000]) assert(faceOf([job({ files: { total } })]).text.length <= 4);
});

test('paused jobs are counted in grey', () => {
  const paused = faceOf([job({ state: 'paused', files: { done: 51 } })]);
  assert.equal(paused.text, '100');
  assert.equal(paused.title, 'Threadreel – 1 download paused');
  assert.notEqual(paused.colour, faceOf([job()]).colour);
});

test('a watched thread that waits is no work: the number is empty, the tooltip tells', () => {
  const watched = job({ watching: true, watch: { next: 1_700_000_500, new: 0 }, files: { done: 151, saved: 151 } });
  assert.deepEqual([faceOf([watched]).text, faceOf([watched]).title], ['', 'Threadreel – watching 1 thread']);
  assert.equal(faceOf([watched, job({ id: 'j2', files: { done: 100 } })]).text, '51');
});

test('trouble goes before everything', () => {
  const shown = faceOf([job()], { at: 0, text: 'The disk is full.' });
  assert.deepEqual([shown.text, shown.title], ['!', 'Threadreel – The disk is full.']);
});

test('the browser is told only what has changed', async () => {
  const browser = new FakeBrowser();
  const badge = new Badge(browser.api.action);
  await badge.show(faceOf([job({ files: { done: 84 } })]));
  assert.deepEqual(browser.button, { text: '67', color: '#0b6e57', title: 'Threadreel – 67 files to go' });
  const calls = browser.buttonCalls;
  await badge.show(faceOf([job({ files: { done: 84 } })]));
  assert.equal(browser.buttonCalls, calls);
  await badge.show(faceOf([job({ files: { done: 85 } })]));
  assert.equal(browser.buttonCalls, calls + 2);
});
