import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFormat, splitName } from '../../extension/shared/format.js';

const format = createFormat('en');

test('bytes', () => {
  /** @type {[number, string][]} */
  const table = [
    [0, '0 kB'],
    [1, '1 kB'],
    [999, '1 kB'],
    [1_500, '2 kB'],
    [999_499, '999 kB'],
    [999_999, '1 MB'],
    [1_234_567, '1.2 MB'],
    [99_940_000, '99.9 MB'],
    [99_960_000, '100 MB'],
    [312_400_000, '312 MB'],
    [4_200_000_000, '4.2 GB'],
    [5_000_000_000_000_000, '5,000 TB'],
  ];
  for (const [size_bytes, text] of table) assert.equal(format.bytes(size_bytes), text);
});

test('speed', () => {
  assert.equal(format.speed(3_140_000), '3.1 MB/s');
  assert.equal(format.speed(42_000), '42 kB/s');
});

test('time left is coarse enough not to flicker', () => {
  /** @type {[number, string][]} */
  const table = [
    [0, '1 sec'],
    [7.2, '8 sec'],
    [11, '15 sec'],
    [55, '55 sec'],
    [59.9, '1 min'],
    [61, '2 min'],
    [3_599, '1 hr'],
    [4_800, '1 hr 20 min'],
    [86_400, '24 hr'],
  ];
  for (const [seconds, text] of table) assert.equal(format.duration(seconds), text);
});

test('a hundred percent is only said when it is all', () => {
  assert.equal(format.percent(0.999), '99%');
  assert.equal(format.percent(1), '100%');
});

test('how long ago', () => {
  const now_ms = 1_700_000_000_000;
  /** @type {[number, string][]} */
  const table = [
    [-30, 'now'],
    [59, 'now'],
    [60, '1 min. ago'],
    [3_599, '59 min. ago'],
    [3_600, '1 hr. ago'],
    [86_400, 'yesterday'],
    [3 * 86_400, '3 days ago'],
  ];
  for (const [seconds, text] of table) assert.equal(format.ago(1_700_000_000 - seconds, now_ms), text);
});

test('numbers are written as the language does', () => {
  assert.equal(createFormat('de').bytes(1_234_567), '1,2 MB');
  assert.equal(createFormat('en').count(12_345), '12,345');
});

test('a name is split so that its end can always be seen, and never within a character', () => {
  assert.deepEqual(splitName('a long name of a picture.webm'), ['a long name of a ', 'picture.webm']);
  assert.deepEqual(splitName('ab.png'), ['ab.', 'png']);
  assert.deepEqual(splitName(''), ['', '']);
  for (const name of ['🎞️🎞️🎞️.gif', '𝔘𝔫𝔦𝔠𝔬𝔡𝔢']) {
    const [head, tail] = splitName(name);
    assert.equal(head + tail, name);
    assert(!/\p{Surrogate}/u.test(head) && !/\p{Surrogate}/u.test(tail));
  }
});

test('a time that is counted down has seconds of two digits, and never less than none', () => {
  /** @type {[number, string][]} */
  const table = [[42.5, '0:43'], [60, '1:00'], [725, '12:05'], [0, '0:00'], [-3, '0:00']];
  for (const [seconds, text] of table) assert.equal(format.countdown(seconds), text);
});
