import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBrowser } from './support/browser.js';
import { Menus, menuItems, menuWish } from '../../extension/background/menus.js';
import { t } from '../../extension/shared/i18n.js';

const PATTERNS = ['*://boards.4chan.org/*', '*://i.4cdn.org/*'];

/** @param {Record<string, string>} info */
const wish = (info) => menuWish(/** @type {any} */ (info), undefined, PATTERNS);

test('the page item looks at the page, the others at what was clicked', () => {
  const [page, watch, link, watchLink, picture] = menuItems(PATTERNS, t);
  assert.deepEqual([page?.title, page?.contexts, page?.documentUrlPatterns], ['Save this thread or board', ['page'], PATTERNS]);
  assert.deepEqual([watch?.title, watch?.contexts, watch?.documentUrlPatterns], ['Watch this thread', ['page'], PATTERNS]);
  assert.deepEqual([link?.title, link?.contexts, link?.targetUrlPatterns], ['Save the linked thread or board', ['link'], PATTERNS]);
  assert.deepEqual([watchLink?.title, watchLink?.contexts, watchLink?.targetUrlPatterns], ['Watch the linked thread', ['link'], PATTERNS]);
  assert.deepEqual([picture?.title, picture?.contexts, picture?.targetUrlPatterns], ['Save this picture', ['image'], PATTERNS]);
});

test('a pattern Firefox would refuse does not take the menu away', () => {
  assert.deepEqual(menuItems(['http://127.0.0.1:8080/*'], t)[0]?.documentUrlPatterns, ['http://127.0.0.1/*']);
});

test('as long as no sites are known the menu is on all web pages', () => {
  assert.deepEqual(menuItems([], t)[0]?.documentUrlPatterns, ['http://*/*', 'https://*/*']);
});

test('showing the menu twice at once leaves each item once', async () => {
  const browser = new FakeBrowser();
  const menus = new Menus(browser.api.contextMenus, t);
  await Promise.all([menus.show([]), menus.show(PATTERNS)]);
  assert.deepEqual(browser.menu.map(({ id }) => id), ['page', 'watch', 'link', 'watch-link', 'picture']);
  assert.deepEqual(browser.menu[0]?.documentUrlPatterns, PATTERNS);
});

test('what a click asks for', () => {
  const pageUrl = 'https://boards.4chan.org/g/thread/1';
  const linkUrl = 'https://boards.4chan.org/g/thread/2#p3';
  const srcUrl = 'https://i.4cdn.org/g/1s.jpg';
  assert.deepEqual(wish({ menuItemId: 'page', pageUrl }), { url: pageUrl, options: {} });
  assert.deepEqual(wish({ menuItemId: 'watch', pageUrl }), { url: pageUrl, options: { watch: true } });
  assert.deepEqual(wish({ menuItemId: 'link', pageUrl, linkUrl }), { url: linkUrl, options: {} });
  assert.deepEqual(wish({ menuItemId: 'watch-link', pageUrl, linkUrl }), { url: linkUrl, options: { watch: true } });
  assert.deepEqual(wish({ menuItemId: 'picture', pageUrl, linkUrl, srcUrl }), { url: srcUrl, options: { priority: 'critical' } });
  assert.equal(wish({ menuItemId: 'link', pageUrl }), null);
  assert.equal(wish({ menuItemId: 'picture', pageUrl }), null);
});

test("the tab's address stands in where the browser does not tell the page's", () => {
  const info = /** @type {any} */ ({ menuItemId: 'page' });
  assert.deepEqual(menuWish(info, { url: 'https://b.org/1' }, []), { url: 'https://b.org/1', options: {} });
});
