import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeClock } from './support/clock.js';
import { portPair } from './support/events.js';
import { BackgroundLink } from '../../extension/shared/background-link.js';
import { REQUEST_TIMEOUT_MS } from '../../extension/shared/protocol.js';

/** @type {import('./support/events.js').FakePort[]} */
let backgrounds;
/** @type {any[]} */
let requests;
/** @type {any[]} */
let messages;
/** @type {FakeClock} */
let clock;
/** @type {BackgroundLink} */
let link;

beforeEach(() => {
  [backgrounds, requests, messages] = [[], [], []];
  clock = new FakeClock();
  link = new BackgroundLink({
    connect(name) {
      assert.equal(name, 'page');
      const [page, background] = portPair(name);
      background.onMessage.addListener((message) => requests.push(message));
      backgrounds.push(background);
      return /** @type {any} */ (page);
    },
    onMessage: (message) => messages.push(message),
    clock,
  });
  link.open();
});

/** @param {Promise<unknown>} promise */
const codeOf = (promise) => promise.then(() => 'no error', (error) => error.code);

test('a request carries a number and resolves with the reply to it', async () => {
  const result = link.request('health');
  assert.deepEqual(requests, [{ id: 1, type: 'health' }]);
  backgrounds[0]?.postMessage({ re: 1, type: 'ok', result: { all: 'well' } });
  assert.deepEqual(await result, { all: 'well' });
});

test('what is no reply is a message', () => {
  backgrounds[0]?.postMessage({ type: 'jobs.removed', jobs: ['j1'] });
  assert.deepEqual(messages, [{ type: 'jobs.removed', jobs: ['j1'] }]);
});

test('the background is stopped: what is pending is rejected, the line is opened anew, and tells all anew', async () => {
  const request = codeOf(link.request('health'));
  backgrounds[0]?.disconnect();
  assert.equal(await request, 'background.gone');
  assert.equal(await codeOf(link.request('health')), 'background.gone');
  await clock.pass(100);
  assert.equal(backgrounds.length, 2);
  backgrounds[1]?.postMessage({ type: 'snapshot' });
  assert.deepEqual(messages, [{ type: 'snapshot' }]);
});

test('a background that cannot be reached is tried with growing pauses', async () => {
  const pauses = [];
  for (let round = 1; round <= 8; round += 1) {
    backgrounds.at(-1)?.disconnect();
    let waited = 0;
    while (backgrounds.length === round) {
      await clock.pass(100);
      waited += 100;
    }
    pauses.push(waited);
  }
  assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});

test('a request without an answer ends, later than the background would end it', async () => {
  const request = codeOf(link.request('health'));
  await clock.pass(REQUEST_TIMEOUT_MS.health);
  let isOver = false;
  void request.then(() => (isOver = true));
  await clock.pass(1_000);
  assert(!isOver);
  await clock.pass(25_000);
  assert.equal(await request, 'request.timeout');
});
