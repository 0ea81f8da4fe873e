import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBrowser } from './support/browser.js';
import { settled } from './support/clock.js';
import { SitePlaces } from '../../extension/background/site-places.js';

const SITE = { name: '4chan', software: '4chan', patterns: ['*://boards.4chan.org/*'] };
const OTHER = { name: 'Mine', software: '4chan', patterns: ['*://boards.example/*'] };

async function scene() {
  const browser = new FakeBrowser();
  const places = new SitePlaces(browser.api, (key) => key);
  await browser.api.storage.local.set({ on_page: true });
  browser.allowed = [...SITE.patterns, ...OTHER.patterns];
  assert.equal(await places.learn([SITE]), true);
  return { browser, places };
}

/** @param {FakeBrowser} browser */
const marked = (browser) => browser.scripts.map(({ matches }) => matches);

test('menu and marks are where the host says that its sites are', async () => {
  const { browser, places } = await scene();
  assert.equal(await places.learn([SITE]), false);
  assert.deepEqual(marked(browser), [SITE.patterns]);
  assert.deepEqual(browser.menu[0]?.documentUrlPatterns, SITE.patterns);
  assert.equal(await places.learn([OTHER]), true);
  assert.deepEqual(marked(browser), [OTHER.patterns]);
  assert.deepEqual(browser.menu[0]?.documentUrlPatterns, OTHER.patterns);
});

test('marks end when the browser forbids a site, and are back when it allows it again', async () => {
  const { browser, places } = await scene();
  await browser.permissions.remove({ origins: SITE.patterns });
  await settled();
  assert.deepEqual(marked(browser), []);
  assert.equal(await places.areMarked(), false);
  await browser.permissions.request({ origins: SITE.patterns });
  await settled();
  assert.deepEqual(marked(browser), [SITE.patterns]);
  assert.equal(await places.areMarked(), true);
});
