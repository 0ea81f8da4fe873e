import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeClock, settled } from './support/clock.js';
import { ARRIVAL_MS, PageRoute } from '../../extension/background/courier-page.js';

const ORIGIN = 'https://board.example';
const WISH = { url: `${ORIGIN}/src/1.webm`, from: 0, to: 9 };
const HEAD = { status: 206, url: WISH.url, range: 'bytes 0-9/10', length: '10', encoding: null };
const TAB = 7;

/** @type {FakeClock} */
let clock;
/** Called when a script is put into a page. */
let run = () => {};
/** @type {PageRoute} */
let route;

beforeEach(() => {
  clock = new FakeClock();
  run = () => {};
  const tabs = [{ id: 1, url: 'https://elsewhere.example/' }, { id: 2 }, { id: 3, url: `${ORIGIN}/1`, discarded: true }, { id: TAB, url: `${ORIGIN}/b/1` }];
  route = new PageRoute({
    tabs: /** @type {any} */ ({ query: async () => tabs }),
    scripting: /** @type {any} */ ({ executeScript: async () => run() }),
    clock,
  });
});

/** A script in the tab connects: it answers each question with the next of these. @param {unknown[]} answers */
function script(...answers) {
  const port = {
    sender: { tab: { id: TAB } },
    /** @type {unknown[]} */
    asked: [],
    isGone: false,
    /** @type {(message: unknown) => void} */
    hear: () => {},
    onMessage: { addListener: (/** @type {(message: unknown) => void} */ listener) => void (port.hear = listener) },
    onDisconnect: { addListener: () => {} },
    postMessage(/** @type {unknown} */ question) {
      port.asked.push(question);
      const answer = answers.shift();
      queueMicrotask(() => port.hear(answer));
    },
    disconnect: () => void (port.isGone = true),
  };
  return { port, isTaken: route.connect(/** @type {any} */ (port)) };
}

const { signal } = new AbortController();

test('a page of the origin asks, and hands over piece by piece', async () => {
  /** @type {ReturnType<typeof script>|undefined} */
  let made;
  run = () => void (made = script(HEAD, { data: 'AQID' }, { data: null }));
  const answer = await route.ask(ORIGIN, WISH, signal);
  assert.deepEqual([answer?.head.from, answer?.head.length, answer?.head.size], [0, 10, 10]);
  assert.deepEqual(await answer?.read(), new Uint8Array([1, 2, 3]));
  assert.equal(await answer?.read(), null);
  answer?.close();
  assert(made?.port.isGone);
  assert.deepEqual(made.port.asked, [WISH, {}, {}]);
});

test('two files from one page: each has a script of its own', async () => {
  const asked = [route.ask(ORIGIN, WISH, signal), route.ask(ORIGIN, WISH, signal)];
  await settled();
  const scripts = [script(HEAD, { data: 'AQID' }), script(HEAD, { data: 'BAUG' }), script(HEAD)];
  assert.deepEqual(scripts.map(({ isTaken }) => isTaken), [true, true, false]);
  const answers = await Promise.all(asked);
  assert.deepEqual(await Promise.all(answers.map((answer) => answer?.read())), [new Uint8Array([1, 2, 3]), new Uint8Array([4, 5, 6])]);
});

test('no page of the origin, no script that answers, or one that may not read: nobody waits', async () => {
  assert.equal(await route.ask('https://nowhere.example', WISH, signal), null);
  const silent = assert.rejects(route.ask(ORIGIN, WISH, signal), /does not answer/);
  await clock.pass(ARRIVAL_MS);
  await silent;
  assert(!script(HEAD).isTaken);
  run = () => void script({ error: 'CORS' });
  await assert.rejects(route.ask(ORIGIN, WISH, signal), /could not read/);
});
