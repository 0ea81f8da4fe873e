import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Stage } from './support/background.js';
import { settled } from './support/clock.js';
import { portPair } from './support/events.js';
import { hello, job, THREAD_URL } from './support/samples.js';

const MEDIA = 'https://i.4cdn.org/wg/';
const FILES = [
  { id: '1', url: `${MEDIA}1.jpg`, state: 'have' },
  { id: '2', url: `${MEDIA}2.jpg`, state: 'new' },
  { id: '3', url: `${MEDIA}3.webm`, state: 'missing' },
];

/** @type {Stage} */
let stage;

beforeEach(() => {
  stage = new Stage();
  stage.host.answers.hello = hello();
  const { sites } = hello();
  Object.assign(stage.browser.storage.local.held, { on_page: true, sites });
  stage.browser.allowed = sites.flatMap(({ patterns }) => patterns);
  stage.host.answers['page.files'] = { files: FILES, cursor: null };
  stage.host.answers['job.start'] = { jobs: [job()] };
});

/**
 * The script on a page, or what pretends to be one, connects.
 * @param {Record<string, unknown>} [sender]
 */
function openThread(sender = {}) {
  /** @type {any[]} */
  const heard = [];
  const { id } = stage.browser.runtime;
  const [page, background] = portPair('thread-page', /** @type {any} */ ({ id, url: `${THREAD_URL}#p7`, frameId: 0, tab: { id: 3 }, ...sender }));
  page.onMessage.addListener((message) => heard.push(message));
  stage.browser.runtime.onConnect.fire(background);
  const say = async (/** @type {any} */ message) => {
    page.postMessage(message);
    await settled();
  };
  return { page, background, heard, say };
}

/**
 * @param {string} url
 * @param {string} state
 */
const changed = (url, state) => ({ id: '9', post: 1, name: 'a', url, state, reason: null, size: 1, done: 1 });

test('a page is told of its files by path, and the host of nothing but its address', async () => {
  const { heard, say } = openThread();
  await say({ type: 'files', url: 'https://evil.example/', files: ['x'] });
  assert.deepEqual(stage.host.heardOf('page.files').map(({ url }) => url), [`${THREAD_URL}#p7`]);
  assert.deepEqual(heard, [
    {
      type: 'files',
      files: [
        { id: '1', path: '/wg/1.jpg', state: 'have' },
        { id: '2', path: '/wg/2.jpg', state: 'new' },
        { id: '3', path: '/wg/3.webm', state: 'missing' },
      ],
    },
  ]);
});

test('all pages of files are asked for, and never without end', async () => {
  stage.host.answers['page.files'] = (/** @type {any} */ { cursor }) => ({ files: [{ ...FILES[0], id: cursor ?? 'first' }], cursor: `${Number(cursor ?? 0) + 1}` });
  const { heard, say } = openThread();
  await say({ type: 'files' });
  assert.equal(stage.host.heardOf('page.files').length, 20);
  assert.deepEqual(heard[0].files.slice(0, 3).map((/** @type {any} */ { id }) => id), ['first', '1', '2']);
});

test('what lands is told to the pages that show it, and to no other', async () => {
  const here = openThread();
  const there = openThread({ url: 'https://boards.4chan.org/wg/thread/1' });
  await here.say({ type: 'files' });
  stage.host.answers['page.files'] = { files: [], cursor: null };
  await there.say({ type: 'files' });
  const files = [changed(`${MEDIA}2.jpg`, 'active'), changed(`${MEDIA}3.webm`, 'failed'), changed(`${MEDIA}4.jpg`, 'saved')];
  stage.host.say({ type: 'files.changed', job: 'j1', files });
  await stage.clock.pass(1_000);
  stage.host.say({ type: 'files.changed', job: 'j1', files: [changed(`${MEDIA}2.jpg`, 'saved')] });
  await stage.clock.pass(1_000);
  assert.deepEqual(here.heard.slice(1), [
    { type: 'states', files: [{ id: '2', state: 'coming' }, { id: '3', state: 'missing' }] },
    { type: 'states', files: [{ id: '2', state: 'have' }] },
  ]);
  assert.equal(there.heard.length, 1);
});

test('many that land at once are one message, with the last state of each', async () => {
  const { heard, say } = openThread();
  await say({ type: 'files' });
  for (const state of ['queued', 'active', 'saved']) {
    for (const { url } of FILES) stage.host.say({ type: 'files.changed', job: 'j1', files: [changed(url, state)] });
  }
  await stage.clock.pass(10_000);
  assert.deepEqual(heard.slice(1), [{ type: 'states', files: FILES.map(({ id }) => ({ id, state: 'have' })) }]);
});

test('a page that is closed before it is told is told nothing', async () => {
  const { page, heard, say } = openThread();
  await say({ type: 'files' });
  stage.host.say({ type: 'files.changed', job: 'j1', files: [changed(`${MEDIA}2.jpg`, 'saved')] });
  page.disconnect();
  await stage.clock.pass(1_000);
  assert.equal(heard.length, 1);
});

test('a choice is downloaded: ids the host gave, each once, five hundred at a time', async () => {
  const many = Array.from({ length: 501 }, (_, at) => ({ id: `${at}`, url: `${MEDIA}${at}.jpg`, state: 'missing' }));
  stage.host.answers['page.files'] = { files: many.slice(0, 400), cursor: null };
  const { say } = openThread();
  await say({ type: 'files' });
  await say({ type: 'download', ids: ['3', '5', '3', 'stranger', 7, null, '__proto__'] });
  const [start] = stage.host.heardOf('job.start');
  assert.deepEqual([start?.urls, start?.options], [[`${THREAD_URL}#p7`], { files: ['3', '5'], priority: 'high' }]);
});

test('more than five hundred files go in several requests', async () => {
  const many = Array.from({ length: 700 }, (_, at) => ({ id: `${at}`, url: `${MEDIA}${at}.jpg`, state: 'missing' }));
  stage.host.answers['page.files'] = (/** @type {any} */ { cursor }) =>
    cursor ? { files: many.slice(400), cursor: null } : { files: many.slice(0, 400), cursor: '400' };
  const { say } = openThread();
  await say({ type: 'download', ids: many.map(({ id }) => id) });
  assert.deepEqual(stage.host.heardOf('job.start').map(({ options }) => options.files.length), [500, 200]);
});

test('nothing chosen starts nothing', async () => {
  const { say } = openThread();
  await say({ type: 'files' });
  for (const ids of [[], 'all', null, { length: 2 }, ['stranger']]) await say({ type: 'download', ids });
  assert.equal(stage.host.heardOf('job.start').length, 0);
});

test('a start that is refused is said on the page, which hears how things are', async () => {
  stage.host.answers['job.start'] = { error: { code: 'disk.full', message: 'The disk is full.', hint: 'Make room.' } };
  const { heard, say } = openThread();
  await say({ type: 'files' });
  await say({ type: 'download', ids: ['2'] });
  assert.deepEqual(heard.map(({ type }) => type), ['files', 'note', 'files']);
  assert.match(heard[1].text, /The disk is full/);
});

test('where there is nothing to show the page is told so, without a word to the person', async () => {
  stage.host.answers['page.files'] = { error: { code: 'request.unsupported', message: 'That is no thread.', hint: '' } };
  const { heard, say } = openThread();
  await say({ type: 'files' });
  assert.deepEqual(heard, [{ type: 'nothing', code: 'request.unsupported' }]);
  assert.equal(stage.browser.button.text ?? '', '');
});

test('a page that was put aside while the marks were turned off is told to take them away, and the host nothing', async () => {
  stage.browser.storage.local.held.on_page = false;
  const { heard, say } = openThread();
  await say({ type: 'files' });
  assert.deepEqual(heard, [{ type: 'end' }]);
  assert.equal(stage.host.heardOf('page.files').length, 0);
});

test('what is not our script in a page of a tab is turned away', async () => {
  const strangers = [{ id: 'other' }, { tab: undefined }, { frameId: 4 }, { url: 'file:///etc/passwd' }, { url: undefined }];
  for (const sender of strangers) {
    const { page, heard } = openThread(sender);
    await settled();
    assert.equal(page.isOpen, false, JSON.stringify(sender));
    assert.deepEqual(heard, []);
  }
});

test('a page cannot ask for anything else', async () => {
  const { heard, say } = openThread();
  for (const message of [null, 'files', { type: 'job.start', urls: ['x'] }, { type: 'settings.set', values: {} }, { id: 1, type: 'jobs.list' }]) await say(message);
  assert.deepEqual(heard, []);
  assert.equal(stage.host.starts, 0);
});

test('a job that begins wakes the scripts of its thread, once, and only if it is on', async () => {
  stage.browser.storage.local.held.on_page = false;
  await stage.openPage();
  stage.browser.openTabs = [THREAD_URL, `${THREAD_URL}/harbours`, 'https://boards.4chan.org/wg/thread/2'];
  stage.host.say({ type: 'job.update', job: job() });
  await settled();
  assert.deepEqual(stage.browser.said, []);
  stage.browser.storage.local.held.on_page = true;
  for (const state of /** @type {const} */ (['queued', 'running', 'running'])) stage.host.say({ type: 'job.update', job: job({ id: 'j2', state }) });
  await settled();
  assert.deepEqual(stage.browser.said.map(({ tab }) => tab), [0, 1]);
});

test('an open page alone does not keep the host', async () => {
  const { say } = openThread();
  await say({ type: 'files' });
  await stage.clock.pass(11_000);
  assert.equal(stage.host.isRunning, false);
});
