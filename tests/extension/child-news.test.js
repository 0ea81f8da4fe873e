import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeClock } from './support/clock.js';
import { childJob } from './support/samples.js';
import { ChildNews, MOST_HELD, TELL_MS } from '../../extension/background/child-news.js';

/** @type {[id: string, done: number][][]} */
let told;
/** @type {FakeClock} */
let clock;
/** @type {ChildNews} */
let news;
let hasReader = true;

beforeEach(() => {
  [told, clock, hasReader] = [[], new FakeClock(), true];
  news = new ChildNews({
    tell: (jobs) => told.push(jobs.map((job) => [job.id, job.files.done])),
    hasReader: () => hasReader,
    clock,
  });
});

/** @param {string} id @param {number} done */
const say = (id, done) => news.put([childJob({ id, files: { done } })]);

test('a burst is told once, each job as it was last', async () => {
  for (let done = 1; done <= 50; done += 1) for (const id of ['a', 'b']) say(id, done);
  assert.deepEqual(told, []);
  await clock.pass(TELL_MS);
  assert.deepEqual(told, [[['a', 50], ['b', 50]]]);
  await clock.pass(60_000);
  assert.equal(told.length, 1);
});

test('a steady stream is told at a steady pace', async () => {
  for (let round = 0; round < 20; round += 1) {
    say('a', round);
    await clock.pass(50);
  }
  assert.equal(told.length, 4);
  assert.deepEqual(told.at(-1), [['a', 19]]);
});

test('never more are held than a page of them, and none is lost', async () => {
  for (let job = 0; job < 3_000; job += 1) {
    say(`c${job}`, 1);
    assert(news.size < MOST_HELD);
  }
  await clock.pass(TELL_MS);
  assert.equal(new Set(told.flat().map(([id]) => id)).size, 3_000);
});

test('with nobody to hear it nothing is held', async () => {
  hasReader = false;
  say('a', 1);
  assert.equal(news.size, 0);
  await clock.pass(TELL_MS);
  assert.deepEqual(told, []);
});

test('what must be heard first is told at once, and not again', async () => {
  say('a', 1);
  news.tell();
  news.tell();
  await clock.pass(TELL_MS);
  assert.deepEqual(told, [[['a', 1]]]);
});
