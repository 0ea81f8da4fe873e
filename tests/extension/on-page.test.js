import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeBrowser } from './support/browser.js';
import { OnPage } from '../../extension/shared/on-page.js';

const PATTERNS = ['*://boards.4chan.org/*', '*://i.4cdn.org/*'];

/** @type {FakeBrowser} */
let browser;
/** @type {OnPage} */
let onPage;

beforeEach(() => {
  browser = new FakeBrowser();
  onPage = new OnPage(browser.api, browser.api.storage.local);
});

test('it is off until a person turns it on, and asks for the known sites alone', async () => {
  await onPage.keep(PATTERNS);
  assert.equal(browser.scripts.length, 0);
  assert.equal(await onPage.isOn(PATTERNS), false);
  assert.equal(await onPage.turnOn(PATTERNS), true);
  assert.deepEqual(browser.allowed, PATTERNS);
  assert.equal(await onPage.isOn(PATTERNS), true);
  assert.equal(browser.scripts.length, 1);
  assert.deepEqual(browser.scripts[0]?.matches, PATTERNS);
  assert.equal(browser.scripts[0]?.allFrames, false);
});

test('a person who declines has it off', async () => {
  browser.isGranting = false;
  assert.equal(await onPage.turnOn(PATTERNS), false);
  assert.equal(await onPage.isOn(PATTERNS), false);
  assert.equal(browser.scripts.length, 0);
});

test('the browser is asked before anything is waited for: else it would not ask the person', () => {
  let wasAsked = false;
  browser.permissions.request = async () => (wasAsked = true);
  void onPage.turnOn(PATTERNS);
  assert(wasAsked);
});

test('turned off it leaves nothing behind', async () => {
  await onPage.turnOn(PATTERNS);
  await onPage.turnOff();
  assert.equal(browser.scripts.length, 0);
  await onPage.keep(PATTERNS);
  assert.equal(browser.scripts.length, 0);
});

test('other sites take the place of the ones before, and a permission taken back ends it', async () => {
  await onPage.turnOn(PATTERNS);
  browser.allowed.push('http://127.0.0.1/*');
  await onPage.keep(['http://127.0.0.1:8080/*']);
  assert.deepEqual(browser.scripts.map(({ matches }) => matches), [['http://127.0.0.1/*']]);
  browser.allowed = [];
  await onPage.keep(PATTERNS);
  assert.equal(browser.scripts.length, 0);
});

test('two at once register it once, and one that fails does not hinder the next', async () => {
  await onPage.turnOn(PATTERNS);
  browser.scripts = [];
  await Promise.all([onPage.keep(PATTERNS), onPage.keep(PATTERNS)]);
  assert.equal(browser.scripts.length, 1);
  const { getRegisteredContentScripts } = browser.scripting;
  browser.scripting.getRegisteredContentScripts = async () => {
    throw new Error('The browser is about to close.');
  };
  await assert.rejects(onPage.keep(PATTERNS));
  browser.scripting.getRegisteredContentScripts = getRegisteredContentScripts;
  await onPage.turnOff();
  assert.equal(browser.scripts.length, 0);
});
