import assert from 'node:assert/strict';
import { test } from 'node:test';
import './support/browser.js';
import { definitions, golden, objections } from './support/contract.js';
import { isEvent, isReply, isResult } from '../../extension/shared/messages.js';
import { PAGE_REQUESTS, REQUEST_TIMEOUT_MS } from '../../extension/shared/protocol.js';
import { FILE_END_STATES, JOB_STATES, permitted } from '../../extension/shared/states.js';

test('every sample result is accepted', () => {
  for (const [type, sample] of golden('results')) assert(isResult(type, sample), type);
});

test('every sample event is accepted', () => {
  for (const [type, sample] of golden('events')) assert(isEvent(sample), type);
});

test('every sample reply is accepted', () => {
  for (const [type, sample] of golden('replies')) assert(isReply(sample), type);
});

/**
 * Every copy of the value in which one thing, however deep, is taken away or replaced by what it cannot be.
 * @param {any} value
 * @returns {Generator<any>}
 */
function* damaged(value) {
  if (typeof value !== 'object' || value === null) {
    yield { not: 'this' };
    return;
  }
  if (Array.isArray(value)) {
    for (const item of damaged(value[0] ?? null)) yield [item];
    return;
  }
  for (const key of Object.keys(value)) {
    const { [key]: taken, ...rest } = value;
    yield rest;
    for (const part of damaged(taken)) yield { ...rest, [key]: part };
  }
}

test('a job is refused whatever part of it is missing or of the wrong kind', () => {
  const [, update] = /** @type {[string, any]} */ (golden('events').find(([type]) => type === 'job.update'));
  let count = 0;
  for (const job of damaged(update.job)) {
    assert(!isEvent({ ...update, job }), JSON.stringify(job));
    count += 1;
  }
  assert(count > 60);
});

test('numbers that JSON can carry but no job can have are refused', () => {
  const [, update] = /** @type {[string, any]} */ (golden('events').find(([type]) => type === 'job.update'));
  for (const speed of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5', null]) {
    assert(!isEvent({ ...update, job: { ...update.job, speed } }), String(speed));
  }
  for (const total of [1.5, 2 ** 60]) {
    assert(!isEvent({ ...update, job: { ...update.job, files: { ...update.job.files, total } } }), String(total));
  }
});

test('what is no message at all is refused', () => {
  for (const value of [null, undefined, 7, 'job.update', [], {}, { type: 'toString' }, { type: '__proto__' }, { type: 7 }]) {
    assert(!isEvent(value));
    assert(!isReply(value));
    assert(!isResult('job.start', value));
  }
  assert(!isResult('constructor', {}));
});

test('a field that a newer host adds is let through', () => {
  const [type, sample] = /** @type {[string, any]} */ (golden('results').find(([name]) => name === 'page.inspect'));
  assert(isResult(type, { ...sample, colour: 'green' }));
});

test('every request of the contract has a time limit, and pages may send all but what only the background says', () => {
  const types = Object.keys(definitions('requests.json')).sort();
  assert.deepEqual(Object.keys(REQUEST_TIMEOUT_MS).sort(), types);
  assert.deepEqual([...PAGE_REQUESTS].sort(), types.filter((type) => !['hello', 'fetch.ready', 'file.chunk'].includes(type)));
});

test('the states are those of the contract, and each permits something', () => {
  const { job_state, file_state } = definitions('things.json');
  assert.deepEqual([...JOB_STATES], job_state.enum);
  assert.deepEqual(['queued', 'active', ...FILE_END_STATES], file_state.enum);
  for (const state of JOB_STATES) assert(permitted(state).length > 0, state);
});

test('the samples of requests are what the schema says, so that our own are held to the right one', () => {
  for (const [type, sample] of golden('requests')) assert.equal(objections('requests.json', type, sample), '', type);
});
