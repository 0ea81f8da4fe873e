import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeBrowser } from './support/browser.js';
import { FakeClock, settled } from './support/clock.js';
import { FakeHost } from './support/host.js';
import { hello, job } from './support/samples.js';
import { BACKOFF_MOST_MS, HostPort, IDLE_CLOSE_MS, STEADY_MS } from '../../extension/background/host-port.js';
import { disconnectText } from '../../extension/shared/browser.js';
import { REQUEST_TIMEOUT_MS } from '../../extension/shared/protocol.js';

/** @type {FakeBrowser} */
let browser;
/** @type {FakeHost} */
let host;
/** @type {FakeClock} */
let clock;
/** @type {HostPort} */
let port;
let isNeeded = false;
/** @type {boolean[]} */
let remembered;
/** @type {any[]} */
let events;
/** @type {import('../../extension/shared/types.js').HostStatus[]} */
let statuses;

beforeEach(() => {
  browser = new FakeBrowser();
  host = new FakeHost(browser);
  clock = new FakeClock();
  isNeeded = false;
  [remembered, events, statuses] = [[], [], []];
  port = new HostPort({
    connect: () => browser.api.runtime.connectNative('io.github.threadreel.host'),
    disconnectText: (lost) => disconnectText(lost, browser.api.runtime),
    introduce: async () => ({ extension: '0.1.0', browser: 'Chromium 121' }),
    isNeeded: () => isNeeded,
    rememberHeard: async (heard) => void remembered.push(heard),
    onEvent: (event) => events.push(event),
    onStatus: (status) => statuses.push(status),
    clock,
  });
});

/** @param {Promise<unknown>} promise */
const codeOf = (promise) => promise.then(() => 'no error', (error) => error.code);

test('nothing is started before something is asked', () => {
  assert.equal(host.starts, 0);
});

test('hello comes first, with who we are, and only then what was asked', async () => {
  host.answers['jobs.list'] = { jobs: [job()], cursor: null };
  const result = await port.request('jobs.list');
  assert.deepEqual(result.jobs, [job()]);
  assert.deepEqual(host.heard, [
    { id: 1, type: 'hello', protocol: 1, extension: '0.1.0', browser: 'Chromium 121' },
    { id: 2, type: 'jobs.list' },
  ]);
  assert.deepEqual(statuses.map(({ phase }) => phase), ['opening', 'open']);
  assert.equal(port.status.version, '0.1.0');
});

test('requests that come together start one host', async () => {
  host.answers['jobs.list'] = { jobs: [], cursor: null };
  await Promise.all([port.request('jobs.list'), port.request('jobs.list'), port.open()]);
  assert.equal(host.starts, 1);
  assert.deepEqual(host.heard.map(({ id }) => id), [1, 2, 3]);
});

test('replies may come in any order', async () => {
  await port.open();
  const [first, second] = [port.request('jobs.list'), port.request('jobs.list', { cursor: 'next' })];
  await settled();
  const [one, two] = host.heardOf('jobs.list');
  host.say({ re: two?.id, type: 'ok', result: { jobs: [job({ id: 'second' })], cursor: null } });
  host.say({ re: one?.id, type: 'ok', result: { jobs: [job({ id: 'first' })], cursor: null } });
  assert.equal((await first).jobs[0].id, 'first');
  assert.equal((await second).jobs[0].id, 'second');
});

test("the host's refusal rejects with its code, sentence and hint", async () => {
  host.answers['job.start'] = { error: { code: 'url.unsupported', message: 'Not a thread.', hint: 'Open a thread.' } };
  await assert.rejects(port.request('job.start', { urls: ['https://example.org/'] }), {
    code: 'url.unsupported',
    message: 'Not a thread.',
    hint: 'Open a thread.',
  });
});

test('a result of the wrong shape rejects, and the conversation goes on', async () => {
  host.answers['jobs.list'] = { jobs: [{ id: 'half a job' }], cursor: null };
  assert.equal(await codeOf(port.request('jobs.list')), 'host_broken');
  host.answers['jobs.list'] = { jobs: [], cursor: null };
  assert.equal(await codeOf(port.request('jobs.list')), 'no error');
  assert.equal(host.starts, 1);
});

test('a request without an answer ends at its time limit, and the late reply changes nothing', async () => {
  await port.open();
  const request = codeOf(port.request('jobs.list'));
  await clock.pass(REQUEST_TIMEOUT_MS['jobs.list']);
  assert.equal(await request, 'request.timeout');
  host.say({ re: host.heardOf('jobs.list')[0]?.id, type: 'ok', result: { jobs: [], cursor: null } });
  host.answers['jobs.list'] = { jobs: [job()], cursor: null };
  assert.equal((await port.request('jobs.list')).jobs.length, 1);
});

test('a disconnect rejects everything that is pending, with the reason', async () => {
  await port.open();
  const requests = [codeOf(port.request('jobs.list')), codeOf(port.request('health'))];
  await settled();
  host.die();
  assert.deepEqual(await Promise.all(requests), ['host_exited', 'host_exited']);
});

test('events are handed on, and what is not of their shape is dropped', async () => {
  await port.open();
  host.say({ type: 'job.update', job: job() });
  host.say({ type: 'job.update', job: { id: 'j1' } });
  host.say({ type: 'surprise' });
  host.say({ re: null, type: 'error', error: { code: 'request.unreadable', message: 'Bad JSON.', hint: '' } });
  assert.deepEqual(events, [{ type: 'job.update', job: job() }]);
});

test('a host that is not there is not tried again by itself', async () => {
  isNeeded = true;
  browser.startHost = () => {
    host.starts += 1;
    throw new Error('No such native application io.github.threadreel.host');
  };
  assert.equal(await codeOf(port.open()), 'host_missing');
  await clock.pass(10 * BACKOFF_MOST_MS);
  assert.equal(host.starts, 1);
  assert.deepEqual(port.status.reason, {
    code: 'host_missing',
    text: 'No such native application io.github.threadreel.host',
    protocol: null,
  });
});

test('a host that ends before its first word is not tried again by itself, though it is needed', async () => {
  isNeeded = true;
  delete host.answers.hello;
  const opened = codeOf(port.open());
  await settled();
  host.die();
  assert.equal(await opened, 'host_exited');
  await clock.pass(10 * BACKOFF_MOST_MS);
  assert.equal(host.starts, 1);
  assert.equal(port.status.phase, 'failed');
  assert.deepEqual(remembered, [false]);
});

test('a person may try again at any time', async () => {
  delete host.answers.hello;
  const opened = codeOf(port.open());
  await settled();
  host.die('Specified native messaging host not found.');
  assert.equal(await opened, 'host_missing');
  host.answers.hello = hello();
  await port.open();
  assert.equal(port.status.phase, 'open');
  assert.equal(port.status.reason, null);
});

test('a conversation that breaks while it is needed is taken up again, with pauses that double up to a minute', async () => {
  isNeeded = true;
  await port.open();
  const pauses = [];
  for (let round = 0; round < 8; round += 1) {
    host.die();
    assert.equal(port.status.phase, 'waiting');
    const pause_s = port.status.retry_s ?? 0;
    pauses.push(pause_s);
    await clock.pass(pause_s * 1000 - 1);
    assert.equal(host.starts, round + 1);
    await clock.pass(1);
    assert.equal(host.starts, round + 2);
    assert.equal(port.status.phase, 'open');
  }
  assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
});

test('after a conversation that held, the pauses begin small again', async () => {
  isNeeded = true;
  await port.open();
  host.die();
  await clock.pass(1_000);
  host.die();
  assert.equal(port.status.retry_s, 2);
  await clock.pass(2_000);
  await clock.pass(STEADY_MS);
  host.die();
  assert.equal(port.status.retry_s, 1);
});

test('a break while nobody needs the host is left at that', async () => {
  await port.open();
  host.die();
  await clock.pass(10 * BACKOFF_MOST_MS);
  assert.equal(host.starts, 1);
  assert.equal(port.status.phase, 'failed');
});

test('a pause ends early when something is asked', async () => {
  isNeeded = true;
  await port.open();
  host.die();
  await port.open();
  assert.equal(host.starts, 2);
  await clock.pass(BACKOFF_MOST_MS);
  assert.equal(host.starts, 2);
});

test('nobody needs the host any more when the pause is over: it stays down', async () => {
  isNeeded = true;
  await port.open();
  host.die();
  isNeeded = false;
  await clock.pass(BACKOFF_MOST_MS);
  assert.equal(host.starts, 1);
  assert.equal(port.status.phase, 'failed');
});

test('the port closes when it has been idle for ten seconds, and opens again when asked', async () => {
  await port.open();
  await clock.pass(IDLE_CLOSE_MS - 1);
  assert(host.isRunning);
  await clock.pass(1);
  assert(!host.isRunning);
  assert.equal(port.status.phase, 'closed');
  await port.open();
  assert.equal(host.starts, 2);
});

test('the port stays open while it is needed, and closes ten seconds after that', async () => {
  isNeeded = true;
  await port.open();
  await clock.pass(100 * IDLE_CLOSE_MS);
  assert(host.isRunning);
  isNeeded = false;
  port.settle();
  await clock.pass(IDLE_CLOSE_MS - 1);
  assert(host.isRunning);
  await clock.pass(1);
  assert(!host.isRunning);
});

test('a request that is pending keeps the port open', async () => {
  await port.open();
  const chosen = port.request('folder.choose');
  await clock.pass(5 * IDLE_CLOSE_MS);
  assert(host.isRunning);
  const { settings } = hello();
  host.say({ re: host.heardOf('folder.choose')[0]?.id, type: 'ok', result: { directory: '/music', settings } });
  assert.equal((await chosen).directory, '/music');
  await clock.pass(IDLE_CLOSE_MS);
  assert(!host.isRunning);
});

test('that the host has been heard is remembered anew for each conversation', async () => {
  await port.open();
  host.die();
  assert.deepEqual(remembered, [false, true]);
  await port.open();
  assert.deepEqual(remembered, [false, true, false, true]);
});

test('a host that does not answer hello is given up', async () => {
  isNeeded = true;
  delete host.answers.hello;
  const opened = codeOf(port.open());
  await clock.pass(REQUEST_TIMEOUT_MS.hello);
  assert.equal(await opened, 'host_broken');
  assert(!host.isRunning);
  assert.equal(port.status.phase, 'failed');
});

test('a host that speaks another protocol is told apart, with its number, and not tried again', async () => {
  isNeeded = true;
  host.answers.hello = {
    error: {
      code: 'protocol.unsupported',
      message: 'The extension speaks protocol 1, this host (Threadreel 2.0.0) speaks 3.',
      hint: 'Upgrade the older one.',
    },
  };
  assert.equal(await codeOf(port.open()), 'protocol_unsupported');
  assert.equal(port.status.reason?.code, 'protocol_unsupported');
  assert.equal(port.status.reason?.protocol, 3);
  await clock.pass(10 * BACKOFF_MOST_MS);
  assert.equal(host.starts, 1);
  assert(!host.isRunning);
});

test('a host that agrees to hello in another protocol is not believed', async () => {
  host.answers.hello = hello({ protocol: 0 });
  assert.equal(await codeOf(port.open()), 'protocol_unsupported');
  assert.equal(port.status.reason?.protocol, 0);
});

test('a port that can no longer be written to rejects the request', async () => {
  await port.open();
  host.answers['jobs.list'] = () => {
    throw new Error('Attempting to use a disconnected port object');
  };
  await assert.rejects(port.request('jobs.list'), { message: 'Attempting to use a disconnected port object' });
});
