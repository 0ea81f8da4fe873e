import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Stage } from './support/background.js';
import { MESSAGES } from './support/browser.js';
import { settled } from './support/clock.js';
import { boardJob, childJob, endedJob, hello, inspection, job, THREAD_URL } from './support/samples.js';
import { LOG_LINES } from '../../extension/background/log-ring.js';

/** @type {Stage} */
let stage;

beforeEach(() => {
  stage = new Stage();
});

test('a page gets one snapshot of what the host told', async () => {
  stage.host.answers.hello = hello({ jobs: [job()] });
  const page = await stage.openPage();
  assert.equal(page.heard.length, 1);
  const [snapshot] = page.heard;
  assert.equal(snapshot?.type, 'snapshot');
  assert.deepEqual(snapshot.jobs, [job()]);
  assert.equal(snapshot.host.phase, 'open');
  assert.deepEqual(snapshot.settings, hello().settings);
});

test('all pages of the job list are asked for, newest job first', async () => {
  stage.host.answers.hello = hello({ jobs: [job({ id: 'new', created: 30 })], cursor: 'two' });
  stage.host.answers['jobs.list'] = (/** @type {any} */ { cursor }) =>
    cursor === 'two'
      ? { jobs: [endedJob({ id: 'older', created: 20 })], cursor: 'three' }
      : { jobs: [endedJob({ id: 'oldest', created: 10 })], cursor: null };
  const page = await stage.openPage();
  assert.deepEqual(page.heard[0]?.jobs.map((/** @type {any} */ { id }) => id), ['new', 'older', 'oldest']);
  assert.deepEqual(stage.host.heardOf('jobs.list').map(({ parent }) => parent), [null, null]);
});

test('a second page, and one that is opened again, see the same snapshot', async () => {
  stage.host.answers.hello = hello({ jobs: [job()] });
  const first = await stage.openPage();
  stage.host.say({ type: 'log', level: 'info', text: 'Reading.', job: null, dropped: 0 });
  stage.host.say({ type: 'job.update', job: job({ files: { done: 84, saved: 84 } }) });
  const second = await stage.openPage();
  first.port.disconnect();
  const again = await stage.openPage();
  assert.deepEqual(again.heard, second.heard);
  assert.equal(second.heard[0]?.jobs[0].files.done, 84);
  assert.equal(second.heard[0]?.log[0].text, 'Reading.');
  assert.equal(stage.host.starts, 1);
});

test('every page hears every change, in order', async () => {
  stage.host.answers.hello = hello({ jobs: [job()] });
  const pages = [await stage.openPage(), await stage.openPage()];
  for (let done = 1; done <= 5; done += 1) stage.host.say({ type: 'job.update', job: job({ files: { done } }) });
  const file = { id: 'f', post: 1, name: 'a.jpg', url: 'https://x.org/a.jpg', state: 'saved', reason: null, size: 1, done: 1 };
  stage.host.say({ type: 'files.changed', job: 'j1', files: [file] });
  stage.host.say({ type: 'job.finished', job: endedJob(), report: { version: 1 } });
  for (const page of pages) {
    const changes = page.heard.slice(1);
    assert.deepEqual(changes.map(({ type }) => type), [...Array(5).fill('job.update'), 'files.changed', 'job.finished']);
    assert.deepEqual(changes.slice(0, 5).map((change) => change.job.files.done), [1, 2, 3, 4, 5]);
  }
});

test('of the threads of a board nothing is kept, and their news is gathered', async () => {
  stage.host.answers.hello = hello({ jobs: [boardJob()] });
  const page = await stage.openPage();
  for (let done = 1; done <= 5; done += 1) {
    for (const id of ['c1', 'c2']) stage.host.say({ type: 'job.update', job: childJob({ id, files: { done } }) });
  }
  stage.host.say({ type: 'job.finished', job: childJob({ id: 'c2', state: 'incomplete' }), report: {} });
  stage.host.say({ type: 'files.changed', job: 'c1', files: [] });
  await stage.clock.pass(1_000);
  assert.deepEqual(page.heard.slice(1).map(({ type }) => type), ['children.changed']);
  const told = page.heard[1]?.jobs.map((/** @type {any} */ { id, state, files }) => [id, state, files.done]);
  assert.deepEqual(told, [['c1', 'running', 5], ['c2', 'incomplete', 0]]);
  const next = await stage.openPage();
  assert.deepEqual(next.heard[0]?.jobs.map((/** @type {any} */ { id }) => id), ['b1']);
});

test('a thread of a board that fails is no trouble of its own: the board tells at its end', async () => {
  stage.host.answers.hello = hello({ jobs: [boardJob()] });
  (await stage.openPage()).port.disconnect();
  stage.host.say({ type: 'job.finished', job: childJob({ state: 'failed' }), report: {} });
  assert.notEqual(stage.browser.button.text, '!');
  stage.host.say({ type: 'job.finished', job: boardJob({ state: 'incomplete' }), report: {} });
  await settled();
  assert.equal(stage.browser.button.text, '!');
});

test('a page that asks for the threads of a board is told, and no other', async () => {
  stage.host.answers.hello = hello({ jobs: [boardJob()] });
  stage.host.answers['jobs.list'] = { jobs: [childJob()], cursor: null };
  const [asker, other] = [await stage.openPage(), await stage.openPage()];
  const reply = await asker.ask({ id: 9, type: 'jobs.list', parent: 'b1' });
  assert.deepEqual(reply?.result.jobs, [childJob()]);
  await stage.clock.pass(1_000);
  assert.equal(other.heard.length, 1);
});

test('what is done to one thread of a board is in every page before the one that asked has its answer', async () => {
  stage.host.answers['job.pause'] = { jobs: [childJob({ state: 'paused' })] };
  const asker = await stage.openPage();
  await asker.ask({ id: 9, type: 'job.pause', job: 'c1' });
  assert.deepEqual(asker.heard.slice(1).map(({ type }) => type), ['children.changed', 'ok']);
});

test('what is not a page of ours is turned away', async () => {
  const strangers = [
    { id: 'another-extension' },
    { url: 'https://boards.4chan.org/wg/thread/1' },
    { name: 'native' },
  ];
  for (const stranger of strangers) {
    const page = await stage.openPage(stranger);
    assert(!page.port.isOpen, JSON.stringify(stranger));
    assert.deepEqual(page.heard, []);
  }
  assert.equal(stage.host.starts, 0);
});

test("a page's request goes to the host, and the answer comes back under the page's own number", async () => {
  stage.host.answers['page.inspect'] = inspection();
  const page = await stage.openPage();
  const reply = await page.ask({ id: 70, type: 'page.inspect', url: THREAD_URL });
  assert.deepEqual(reply, { re: 70, type: 'ok', result: inspection() });
});

test('a refusal of the host reaches the page whole', async () => {
  const error = { code: 'url.unsupported', message: 'Not a thread.', hint: 'Open a thread.' };
  stage.host.answers['page.inspect'] = { error };
  const page = await stage.openPage();
  assert.deepEqual(await page.ask({ id: 1, type: 'page.inspect', url: THREAD_URL }), { re: 1, type: 'error', error });
});

test('a page cannot say hello, nor what the contract does not know', async () => {
  const page = await stage.openPage();
  for (const type of ['hello', 'shell.run', 'constructor']) {
    const reply = await page.ask({ id: 5, type });
    assert.equal(reply?.error.code, 'request.unknown');
    page.heard.length = 0;
  }
  assert.deepEqual(stage.host.heard.map(({ type }) => type), ['hello']);
});

test('a started job is in every page before the one that asked has its answer', async () => {
  stage.host.answers['job.start'] = { jobs: [job({ id: 'started' })] };
  const [asker, other] = [await stage.openPage(), await stage.openPage()];
  await asker.ask({ id: 9, type: 'job.start', urls: [THREAD_URL] });
  assert.deepEqual(asker.heard.slice(1).map(({ type }) => type), ['job.update', 'ok']);
  assert.equal(other.of('job.update')[0]?.job.id, 'started');
});

test('removed jobs leave every page and the next snapshot', async () => {
  stage.host.answers.hello = hello({ jobs: [endedJob(), endedJob({ id: 'j2' })] });
  stage.host.answers['job.remove'] = { jobs: [endedJob()] };
  const page = await stage.openPage();
  await page.ask({ id: 9, type: 'job.remove', job: 'j1' });
  assert.deepEqual(page.of('jobs.removed')[0]?.jobs, ['j1']);
  const next = await stage.openPage();
  assert.deepEqual(next.heard[0]?.jobs.map((/** @type {any} */ { id }) => id), ['j2']);
});

test('jobs that are removed elsewhere leave every page, the next snapshot and the badge, news of their threads included', async () => {
  stage.host.answers.hello = hello({ jobs: [endedJob(), endedJob({ id: 'j2' })] });
  const page = await stage.openPage();
  stage.host.say({ type: 'job.update', job: childJob({ id: 'c1' }) });
  stage.host.say({ type: 'jobs.removed', jobs: ['j1', 'c1'] });
  assert.deepEqual(page.heard.slice(1).map(({ type }) => type), ['children.changed', 'jobs.removed']);
  assert.deepEqual(page.of('jobs.removed')[0]?.jobs, ['j1', 'c1']);
  const next = await stage.openPage();
  assert.deepEqual(next.heard[0]?.jobs.map((/** @type {any} */ { id }) => id), ['j2']);
});

test('changed settings reach every page', async () => {
  const settings = { ...hello().settings, start_on_click: true };
  stage.host.answers['settings.set'] = { settings };
  const [asker, other] = [await stage.openPage(), await stage.openPage()];
  await asker.ask({ id: 9, type: 'settings.set', values: { start_on_click: true } });
  assert.deepEqual(other.of('settings.changed')[0]?.settings, settings);
});

test('the port stays open while a page is open or a job is active, and closes ten seconds after', async () => {
  const page = await stage.openPage();
  await stage.clock.pass(60_000);
  assert(stage.host.isRunning);
  stage.host.say({ type: 'job.update', job: job() });
  page.port.disconnect();
  await stage.clock.pass(600_000);
  assert(stage.host.isRunning);
  stage.host.say({ type: 'job.finished', job: endedJob(), report: {} });
  await stage.clock.pass(10_000);
  assert(!stage.host.isRunning);
});

test('without the host a page hears why, and hears of it as soon as it is there', async () => {
  const { startHost } = stage.browser;
  stage.browser.startHost = () => {
    throw new Error('Specified native messaging host not found.');
  };
  const page = await stage.openPage();
  assert.deepEqual(page.heard.at(-1)?.host.reason.code, 'host_missing');
  stage.browser.startHost = startHost;
  const reply = await page.ask({ id: 1, type: 'host.retry' });
  assert.equal(reply?.type, 'ok');
  assert.equal(page.of('snapshot').at(-1)?.host.phase, 'open');
});

test('the host is killed while a job runs: it is started again and the pages see what it says then', async () => {
  stage.host.answers.hello = hello({ jobs: [job()] });
  const page = await stage.openPage();
  stage.host.answers.hello = hello({ jobs: [job({ files: { done: 99 } })] });
  stage.host.die();
  assert.equal(page.of('host.status').at(-1)?.host.phase, 'waiting');
  await stage.clock.pass(1_000);
  assert.equal(stage.host.starts, 2);
  assert.equal(page.heard.at(-1)?.type, 'snapshot');
  assert.equal(page.heard.at(-1)?.jobs[0].files.done, 99);
  // The log says what happened, once
  assert.deepEqual(page.of('log').map(({ line: { level, text } }) => [level, text]), [
    ['warning', MESSAGES.log_host_stopped?.message],
    ['info', MESSAGES.host_back?.message],
  ]);
});

test('a host that is closed when all is quiet, or does not come back, is not said to be back', async () => {
  const page = await stage.openPage();
  page.port.disconnect();
  await stage.clock.pass(11_000);
  assert.equal(stage.host.isRunning, false);
  const again = await stage.openPage();
  assert.equal(stage.host.starts, 2);
  assert.deepEqual(again.of('snapshot')[0]?.log, []);
});

test('a background that was stopped while jobs ran takes them up again when it is woken', async () => {
  stage.host.answers.hello = hello({ jobs: [job()] });
  await stage.openPage();
  assert.equal(stage.browser.storage.session.held.jobs_active, true);
  await stage.start().wake();
  assert.equal(stage.host.starts, 2);
});

test('a background that was stopped when all was quiet starts nothing when it is woken', async () => {
  await stage.openPage();
  await stage.start().wake();
  assert.equal(stage.host.starts, 1);
});

test('a background that was stopped while jobs ran, and finds no host, says so and does not try for ever', async () => {
  Object.assign(stage.browser.storage.session.held, { host_heard: true, jobs_active: true });
  stage.browser.startHost = () => {
    throw new Error('Specified native messaging host not found.');
  };
  await stage.start().wake();
  await settled();
  assert.equal(stage.browser.button.text, '!');
  assert.equal(stage.browser.storage.session.held.jobs_active, false);
});

test('on installation the menu is there at once, and right as soon as the host has named its sites', async () => {
  const introduced = stage.background.introduce();
  await settled();
  await introduced;
  assert.deepEqual(stage.browser.menu.map(({ id }) => id), ['page', 'watch', 'link', 'watch-link', 'picture']);
  assert.deepEqual(stage.browser.menu[0]?.documentUrlPatterns, ['*://boards.4chan.org/*', '*://i.4cdn.org/*']);
  await stage.clock.pass(10_000);
  assert(!stage.host.isRunning);
});

test('on installation without the host nothing breaks, and the menu is shown on all web pages', async () => {
  stage.browser.startHost = () => {
    throw new Error('Specified native messaging host not found.');
  };
  await stage.background.introduce();
  assert.deepEqual(stage.browser.menu[0]?.documentUrlPatterns, ['http://*/*', 'https://*/*']);
  assert.equal(stage.browser.button.text, undefined);
});

test('the sites are known again after a start of the browser without the host', async () => {
  await stage.background.introduce();
  stage.browser.startHost = () => {
    throw new Error('Specified native messaging host not found.');
  };
  await stage.start().introduce();
  assert.deepEqual(stage.browser.menu[0]?.documentUrlPatterns, ['*://boards.4chan.org/*', '*://i.4cdn.org/*']);
});

test('the menu saves and watches a page and a link, and saves a picture, the picture first of all', async () => {
  stage.host.answers['job.start'] = { jobs: [job()] };
  const file = 'https://i.4cdn.org/wg/1700000000000001.jpg';
  await stage.background.introduce();
  await stage.chooseFromMenu({ menuItemId: 'page', pageUrl: THREAD_URL });
  await stage.chooseFromMenu({ menuItemId: 'watch', pageUrl: THREAD_URL });
  await stage.chooseFromMenu({ menuItemId: 'link', pageUrl: THREAD_URL, linkUrl: `${THREAD_URL}0` });
  await stage.chooseFromMenu({ menuItemId: 'watch-link', pageUrl: THREAD_URL, linkUrl: `${THREAD_URL}0` });
  await stage.chooseFromMenu({ menuItemId: 'picture', pageUrl: THREAD_URL, linkUrl: file, srcUrl: file.replace('.jpg', 's.jpg') });
  assert.deepEqual(
    stage.host.heardOf('job.start').map(({ urls, options }) => [...urls, options]),
    [
      [THREAD_URL, {}],
      [THREAD_URL, { watch: true }],
      [`${THREAD_URL}0`, {}],
      [`${THREAD_URL}0`, { watch: true }],
      [file, { priority: 'critical' }],
    ],
  );
});

test('trouble without a popup: "!" on the button, the reason in its tooltip, until a popup has shown it', async () => {
  stage.host.answers['job.start'] = { error: { code: 'url.unsupported', message: 'Not a thread.', hint: 'Open a thread.' } };
  await stage.chooseFromMenu({ menuItemId: 'page', pageUrl: 'https://example.org/' });
  assert.equal(stage.browser.button.text, '!');
  assert.match(String(stage.browser.button.title), /Not a thread\. Open a thread\./);
  const page = await stage.openPage();
  assert.equal(page.heard[0]?.trouble.text, 'Not a thread. Open a thread.');
  assert.equal(page.heard[0]?.log.at(-1).text, 'Not a thread. Open a thread.');
  await settled();
  assert.equal(stage.browser.button.text, '');
  const next = await stage.openPage();
  assert.equal(next.heard[0]?.trouble, null);
});

test('trouble outlives the background', async () => {
  stage.host.answers['job.start'] = { error: { code: 'disk.full', message: 'The disk is full.', hint: '' } };
  await stage.chooseFromMenu({ menuItemId: 'page', pageUrl: THREAD_URL });
  await stage.start().wake();
  const page = await stage.openPage();
  assert.equal(page.heard[0]?.trouble.text, 'The disk is full.');
  assert.equal(page.heard[0]?.log.at(-1).text, 'The disk is full.');
});

test('a click in the menu without the host is trouble, too', async () => {
  stage.browser.startHost = () => {
    throw new Error('Specified native messaging host not found.');
  };
  await stage.chooseFromMenu({ menuItemId: 'page', pageUrl: THREAD_URL });
  assert.equal(stage.browser.button.text, '!');
});

test('a job that ends incomplete is trouble, unless a popup is open to show it', async () => {
  stage.host.answers['job.start'] = { jobs: [job()] };
  await stage.chooseFromMenu({ menuItemId: 'page', pageUrl: THREAD_URL });
  const page = await stage.openPage();
  stage.host.say({ type: 'job.finished', job: endedJob({ state: 'incomplete' }), report: {} });
  await settled();
  assert.equal(stage.browser.button.text, '');
  page.port.disconnect();
  stage.host.say({ type: 'job.finished', job: endedJob({ state: 'incomplete' }), report: {} });
  await settled();
  assert.equal(stage.browser.button.text, '!');
});

test('the badge counts what is still to come, and is empty when all is done', async () => {
  stage.host.answers.hello = hello({ jobs: [job({ files: { done: 84 } })] });
  await stage.openPage();
  assert.equal(stage.browser.button.text, '67');
  stage.host.say({ type: 'job.finished', job: endedJob({ files: { done: 151, saved: 151 } }), report: {} });
  assert.equal(stage.browser.button.text, '');
});

test('the log keeps its last lines only', async () => {
  await stage.openPage();
  for (let line = 0; line < LOG_LINES + 5; line += 1) {
    stage.host.say({ type: 'log', level: 'info', text: `line ${line}`, job: null, dropped: 0 });
  }
  const page = await stage.openPage();
  const { log } = /** @type {any} */ (page.heard[0]);
  assert.equal(log.length, LOG_LINES);
  assert.equal(log[0].text, 'line 5');
});
