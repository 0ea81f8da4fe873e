import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Stage } from './support/background.js';
import { settled } from './support/clock.js';
import { endedJob, hello, job } from './support/samples.js';
import { FETCH_WANTED } from '../../extension/shared/protocol.js';

const HOST = '*://i.4cdn.org/*';
const NEED = {
  type: 'file.needed', job: 'j1', file: 'f1', url: 'https://i.4cdn.org/wg/1.webm', referer: 'https://boards.4chan.org/',
  offset: 0, limit: 1_000_000, chunk: 524_288, window: 4,
};

/** @type {Stage} */
let stage;

beforeEach(() => {
  stage = new Stage();
  stage.host.answers['fetch.ready'] = {};
  stage.host.answers['file.chunk'] = { next: 0, window: 4 };
});

/** Everything that storage, permissions and the host have to say to one another. */
async function allSettled() {
  for (let turn = 0; turn < 20; turn += 1) await settled();
}

/** @param {string[]} origins */
async function choose(origins) {
  stage.browser.allowed = origins;
  await stage.browser.storage.local.set({ fetch_hosts: origins });
}

const hosts = () => stage.host.heardOf('fetch.ready').map((request) => request.hosts);

test('without a permission the host hears that nothing can be fetched, and no more', async () => {
  await stage.openPage();
  await allSettled();
  assert.equal(stage.host.heardOf('hello')[0]?.fetches, false);
  assert.deepEqual(hosts(), []);
});

test('with one, hello says so, and the hosts follow', async () => {
  await choose([HOST]);
  stage.start();
  await stage.openPage();
  await allSettled();
  assert.equal(stage.host.heardOf('hello')[0]?.fetches, true);
  assert.deepEqual(hosts(), [[HOST]]);
});

test('a host that is permitted for something else is not fetched from', async () => {
  stage.browser.allowed = [HOST];
  stage.start();
  await stage.openPage();
  await allSettled();
  assert.deepEqual(hosts(), []);
  stage.host.say(NEED);
  await allSettled();
  assert.deepEqual(stage.host.heardOf('file.chunk').map(({ error, data }) => [error, data]), [['permission', '']]);
});

test('the person says yes: the host is told, and the jobs for which it was asked are tried again', async () => {
  stage.host.answers['job.retry'] = { jobs: [job()] };
  const page = await stage.openPage();
  await page.ask({ id: 1, type: FETCH_WANTED, jobs: ['j1'], hosts: [HOST] });
  await allSettled();
  assert.deepEqual(hosts(), []);
  page.port.disconnect(); // the browser's question closes the popup
  await stage.browser.permissions.request({ origins: [HOST] });
  await allSettled();
  assert.deepEqual(hosts(), [[HOST]]);
  assert.deepEqual(stage.host.heardOf('job.retry').map((request) => request.job), ['j1']);
  assert.deepEqual(stage.browser.storage.local.held.fetch_hosts, [HOST]);
});

test('a page is told which host refuses it, and hears of a permission once the host knows of it', async () => {
  const refusal = { code: 'http.refused', message: 'Only to browsers.', hint: '', host: 'a.4cdn.org' };
  stage.host.answers['page.inspect'] = { error: refusal };
  const page = await stage.openPage();
  const reply = await page.ask({ id: 1, type: 'page.inspect', url: 'https://boards.4chan.org/wg/thread/1' });
  assert.deepEqual(reply?.error, refusal);
  delete stage.host.answers['fetch.ready'];
  await page.ask({ id: 3, type: FETCH_WANTED, jobs: [], hosts: [HOST] });
  await stage.browser.permissions.request({ origins: [HOST] });
  await page.ask({ id: 2, type: FETCH_WANTED, jobs: [], hosts: [HOST] });
  const repliesTo2 = () => page.heard.filter(({ re }) => re === 2).length;
  await allSettled();
  assert.deepEqual([hosts(), repliesTo2()], [[[HOST]], 0]);
  stage.host.say({ re: stage.host.heardOf('fetch.ready')[0]?.id, type: 'ok', result: {} });
  await allSettled();
  assert.equal(repliesTo2(), 1);
});

test('the background is stopped while the browser asks: the answer finds its way', async () => {
  stage.host.answers['job.retry'] = { jobs: [job()] };
  const page = await stage.openPage();
  await page.ask({ id: 1, type: FETCH_WANTED, jobs: ['j1'], hosts: [HOST] });
  await allSettled();
  stage.start();
  await stage.browser.permissions.request({ origins: [HOST] });
  await allSettled();
  assert.deepEqual(stage.host.heardOf('job.retry').map((request) => request.job), ['j1']);
});

test('a job that still runs is tried again when it has ended', async () => {
  stage.host.answers.hello = hello({ jobs: [job({ files: { blocked: 2 } })] });
  stage.host.answers['job.retry'] = { jobs: [job({ files: { blocked: 2 } })] };
  const page = await stage.openPage();
  await page.ask({ id: 1, type: FETCH_WANTED, jobs: ['j1'], hosts: [HOST] });
  await stage.browser.permissions.request({ origins: [HOST] });
  await allSettled();
  stage.host.answers['job.retry'] = { jobs: [job()] };
  const before = stage.host.heardOf('job.retry').length;
  for (let time = 0; time < 2; time += 1) {
    stage.host.say({ type: 'job.finished', job: endedJob({ state: 'incomplete', files: { blocked: 2 } }), report: {} });
    await allSettled();
  }
  assert.equal(stage.host.heardOf('job.retry').length - before, 1);
});

test('the person says no: nothing changes', async () => {
  stage.browser.isGranting = false;
  const page = await stage.openPage();
  await page.ask({ id: 1, type: FETCH_WANTED, jobs: ['j1'], hosts: [HOST] });
  await stage.browser.permissions.request({ origins: [HOST] });
  await allSettled();
  assert.deepEqual(hosts(), []);
  assert.equal(stage.host.heardOf('job.retry').length, 0);
});

test('permitted already, for something else: the click is enough', async () => {
  stage.browser.allowed = [HOST];
  stage.host.answers['job.retry'] = { jobs: [job()] };
  const page = await stage.openPage();
  await page.ask({ id: 1, type: FETCH_WANTED, jobs: ['j1'], hosts: [HOST] });
  await allSettled();
  assert.deepEqual(hosts(), [[HOST]]);
});

test('taken back, by us or by the browser: the host is told, and it is no longer chosen', async () => {
  await choose([HOST]);
  stage.start();
  await stage.openPage();
  await allSettled();
  await stage.browser.permissions.remove({ origins: [HOST] });
  await allSettled();
  assert.deepEqual(hosts(), [[HOST], []]);
  assert.deepEqual(stage.browser.storage.local.held.fetch_hosts, []);
});

test('taken back where every host stays permitted: the host is told all the same, and nothing more is fetched', async () => {
  await choose([HOST]);
  stage.browser.allowed = ['*://*/*'];
  stage.start();
  await stage.openPage();
  await allSettled();
  await stage.browser.storage.local.set({ fetch_hosts: [] });
  await allSettled();
  assert.deepEqual(hosts(), [[HOST], []]);
  stage.host.say(NEED);
  await allSettled();
  assert.deepEqual(stage.host.heardOf('file.chunk').map(({ error, data }) => [error, data]), [['permission', '']]);
});

test('a page cannot have chunks sent, and what is no question is none', async () => {
  const page = await stage.openPage();
  for (const type of ['file.chunk', 'fetch.ready', 'hello']) {
    assert.equal((await page.ask({ id: 1, type, hosts: [] }))?.error.code, 'request.unknown');
  }
  for (const question of [{}, { jobs: 'j1', hosts: [HOST] }, { jobs: [7], hosts: ['<all_urls>', '*://*/*', 'https://x.org/*'] }]) {
    stage.browser.allowed = ['*://*/*'];
    await page.ask({ id: 2, type: FETCH_WANTED, ...question });
  }
  await allSettled();
  assert.deepEqual(hosts(), []);
});

test('a script that nobody awaits is turned away', () => {
  const port = stage.browser.connectPage({ name: 'courier', url: 'https://boards.4chan.org/' });
  assert(!port.isOpen);
});
