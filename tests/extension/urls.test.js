import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPageOfJob, isSamePage, isWebUrl, matchesAny, menuPatterns, pictureUrl } from '../../extension/shared/urls.js';

const PATTERNS = ['*://boards.4chan.org/*', '*://i.4cdn.org/*'];

test('match patterns match by scheme, exact host and path', () => {
  /** @type {[url: string, pattern: string, matches: boolean][]} */
  const table = [
    ['https://boards.4chan.org/g/thread/1', '*://boards.4chan.org/*', true],
    ['http://boards.4chan.org/', '*://boards.4chan.org/*', true],
    ['HTTPS://BOARDS.4CHAN.ORG/g', '*://boards.4chan.org/*', true],
    ['https://boards.4chan.org:8443/g', '*://boards.4chan.org/*', true],
    ['ftp://boards.4chan.org/g', '*://boards.4chan.org/*', false],
    ['https://boards.4chan.org.evil.test/g', '*://boards.4chan.org/*', false],
    ['https://boards.4chan.org@evil.test/g', '*://boards.4chan.org/*', false],
    ['https://evil.test/boards.4chan.org/g', '*://boards.4chan.org/*', false],
    ['https://notboards.4chan.org/g', '*://*.4chan.org/*', true],
    ['https://4chan.org/g', '*://*.4chan.org/*', true],
    ['https://not4chan.org/g', '*://*.4chan.org/*', false],
    ['http://localhost/b/res/1.html', 'http://localhost/b/*', true],
    ['https://localhost/b/res/1.html', 'http://localhost/b/*', false],
    ['http://localhost/c/res/1.html', 'http://localhost/b/*', false],
    ['http://localhost/b/res/1.html', 'http://localhost/*/res/*.html', true],
    ['http://localhost/b/res/1.json', 'http://localhost/*/res/*.html', false],
    ['http://localhost:8080/x', 'http://localhost:8080/*', true],
    ['http://localhost:8081/x', 'http://localhost:8080/*', false],
    ['http://anything.test/x', 'http://*/*', true],
    ['http://anything.test/x', '<all_urls>', false],
    ['about:blank', '*://*/*', false],
    ['no address', '*://*/*', false],
  ];
  for (const [url, pattern, matches] of table) assert.equal(matchesAny(url, [pattern]), matches, `${url} ${pattern}`);
});

test('a hostile pattern costs no time', () => {
  const pattern = `*://x.test/${'*a'.repeat(2000)}`;
  assert.equal(matchesAny(`https://x.test/${'a'.repeat(1999)}b`, [pattern]), false);
});

test('patterns for menus are without ports, once each, and only of the web', () => {
  assert.deepEqual(
    menuPatterns(['http://127.0.0.1:8080/*', '*://b.org/*', '*://b.org/*', 'ftp://c.org/*', '<all_urls>', 'file:///*', '*://*.d.org/x/*', '']),
    ['*://*.d.org/x/*', '*://b.org/*', 'http://127.0.0.1/*'],
  );
});

test('for a thumbnail the file it links to is saved, else the picture itself', () => {
  const [full, thumbnail] = ['https://i.4cdn.org/g/1700000000000001.webm', 'https://i.4cdn.org/g/1700000000000001s.jpg'];
  assert.equal(pictureUrl(full, thumbnail, PATTERNS), full);
  assert.equal(pictureUrl(undefined, full, PATTERNS), full);
  assert.equal(pictureUrl('https://boards.4chan.org/g/thread/1', thumbnail, PATTERNS), thumbnail);
  assert.equal(pictureUrl('https://elsewhere.test/a.jpg', thumbnail, PATTERNS), thumbnail);
  assert.equal(pictureUrl('https://elsewhere.test/a.jpg', thumbnail, []), 'https://elsewhere.test/a.jpg');
  assert.equal(pictureUrl(undefined, undefined, PATTERNS), undefined);
});

test('a page belongs to the job whose address it is, or is below', () => {
  const job = 'https://boards.4chan.org/g/thread/42';
  for (const page of [job, `${job}/`, `${job}/some-title`, `${job}#p43`, `${job}?page=2`]) assert(isPageOfJob(page, job), page);
  for (const page of ['https://boards.4chan.org/g/thread/421', 'https://boards.4chan.org/g/', 'https://evil.test/g/thread/42', '']) {
    assert(!isPageOfJob(page, job), page);
  }
  assert(!isPageOfJob('https://x.test/a', 'https://x.test/'));
});

test('only http and https are of the web', () => {
  for (const url of ['https://a.test/', 'http://a.test/']) assert(isWebUrl(url));
  for (const url of ['about:blank', 'chrome://extensions/', 'file:///etc/passwd', 'javascript:alert(1)', '', null, undefined]) assert(!isWebUrl(url));
});

test('two addresses of one page', () => {
  assert(isSamePage('https://b.org/po/', 'https://b.org/po#top'));
  assert(isSamePage('https://b.org/po?x=1', 'http://b.org/po/'));
  assert(!isSamePage('https://b.org/po/', 'https://b.org/po/thread/1'));
  assert(!isSamePage('https://b.org/po/', 'https://c.org/po/'));
  assert(!isSamePage('about:blank', 'nothing'));
});
