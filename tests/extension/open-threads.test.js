import assert from 'node:assert/strict';
import { test } from 'node:test';
import './support/browser.js';
import { Stage } from './support/background.js';
import { THREAD_URL, job } from './support/samples.js';

/** The known sites, as the browser is asked for them. */
const SITES = ['*://boards.4chan.org/*', '*://i.4cdn.org/*'];
const BOARD = 'https://boards.4chan.org/wg/catalog';
const OTHER = 'https://boards.4chan.org/po/thread/570368/folding#p570400';

/** What the host would say of an address. @param {string} url */
function recognise(url) {
  const [, board = '', number] = /\/(\w+)\/thread\/(\d+)/.exec(url) ?? [];
  if (number) return { site: '4chan', kind: 'thread', board, thread: Number(number) };
  return url.endsWith('catalog') ? { site: '4chan', kind: 'catalog', board: 'wg', thread: null } : null;
}

/** @param {string[]} tabs */
async function scene(tabs) {
  const stage = new Stage();
  stage.browser.openTabs = tabs;
  stage.host.answers['page.recognise'] = (/** @type {{urls: string[]}} */ { urls }) => ({ pages: urls.map(recognise) });
  stage.host.answers['job.start'] = (/** @type {{urls: string[]}} */ { urls }) => ({ jobs: urls.map((url, at) => job({ id: `s${at}`, url })) });
  return { ...stage, stage, page: await stage.openPage() };
}

test('no tab is looked at before a person allows it', async () => {
  const { stage, page } = await scene([THREAD_URL]);
  const reply = await page.ask({ id: 1, type: 'tabs.threads' });
  assert.deepEqual(reply?.result, { isAllowed: false, threads: [] });
  assert.deepEqual(stage.host.heardOf('page.recognise'), []);
});

test('each thread that is open in a tab is named once, by what the host takes addresses for', async () => {
  const { stage, page } = await scene([THREAD_URL, BOARD, `${THREAD_URL}/harbours#p7`, OTHER, 'https://example.org/']);
  stage.browser.allowed = SITES;
  const reply = await page.ask({ id: 1, type: 'tabs.threads' });
  assert.equal(reply?.result.isAllowed, true);
  assert.deepEqual(reply?.result.threads.map((/** @type {{url: string}} */ { url }) => url), [THREAD_URL, OTHER]);
});

test('some of the known sites are not enough: nothing is said of a part as if it were the whole', async () => {
  const { stage, page } = await scene([THREAD_URL]);
  stage.browser.allowed = SITES.slice(1);
  const reply = await page.ask({ id: 1, type: 'tabs.threads' });
  assert.equal(reply?.result.isAllowed, false);
});

test('any number of pages is started, fifty at a time', async () => {
  const { stage, page } = await scene([]);
  const urls = Array.from({ length: 120 }, (_, at) => `https://boards.4chan.org/wg/thread/${at + 1}`);
  const reply = await page.ask({ id: 1, type: 'start.all', urls, options: { watch: true } });
  assert.equal(reply?.result.jobs.length, 120);
  assert.deepEqual(stage.host.heardOf('job.start').map((request) => request.urls.length), [50, 50, 20]);
  assert(stage.host.heardOf('job.start').every(({ options }) => options.watch));
  const refused = await page.ask({ id: 2, type: 'start.all' });
  assert.equal(refused?.error.code, 'request.invalid');
});
