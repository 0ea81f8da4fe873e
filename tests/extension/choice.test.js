import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { readExtension } from './support/browser.js';

/** The class of a content script, which is no module. */
const Choice = runInNewContext(`${readExtension('content/choice.js')}; Choice`);
const ORDER = ['a', 'b', 'c', 'd', 'e'];

/** @type {Set<string>} */
let there;
/** @type {any} */
let choice;

beforeEach(() => {
  there = new Set();
  choice = new Choice((/** @type {string} */ id) => !there.has(id));
});

const ids = () => [...choice.ids];

test('a click chooses, another takes it back', () => {
  choice.toggle('b');
  choice.toggle('d');
  assert.deepEqual(ids(), ['b', 'd']);
  choice.toggle('b');
  assert.deepEqual(ids(), ['d']);
});

test('with shift everything from the last one on is chosen, in either direction', () => {
  choice.toggle('b');
  choice.extend('d', ORDER);
  assert.deepEqual(ids(), ['b', 'c', 'd']);
  choice.clear();
  choice.toggle('d');
  choice.extend('a', ORDER);
  assert.deepEqual(ids().sort(), ['a', 'b', 'c', 'd']);
});

test('with shift and nothing before it is a click', () => {
  choice.extend('c', ORDER);
  assert.deepEqual(ids(), ['c']);
  choice.toggle('gone');
  choice.extend('d', ORDER);
  assert.deepEqual(ids().sort(), ['c', 'd', 'gone']);
});

test('what is there cannot be chosen, and what lands meanwhile is chosen no more', () => {
  there.add('b');
  choice.toggle('b');
  choice.extend('d', ORDER);
  assert.deepEqual(ids(), ['c', 'd']);
  there.add('c');
  assert.deepEqual(ids(), ['d']);
  assert.equal(choice.has('c'), false);
});
