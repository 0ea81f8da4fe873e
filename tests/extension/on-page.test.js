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

test('turned off, the tabs that have the script take their marks away; nobody is told twice', async () => {
  browser.openTabs = [`https://boards.4chan.org/wg/thread/1`, 'https://example.org/'];
  await onPage.turnOff();
  assert.deepEqual(browser.said, [], 'it was off');
  await onPage.turnOn(PATTERNS);
  await onPage.turnOff();
  // Which tab has the script is not for us to see: all of them are told, and those without it do not listen
  assert.deepEqual(browser.said, [0, 1].map((tab) => ({ tab, message: { type: 'end' } })));
  await onPage.keep(PATTERNS);
  assert.equal(browser.said.length, 2);
});

test('a tab that cannot be told does not keep the others from it', async () => {
  browser.openTabs = ['https://boards.4chan.org/wg/thread/1', 'https://boards.4chan.org/wg/thread/2'];
  await onPage.turnOn(PATTERNS);
  const { sendMessage } = browser.tabs;
  browser.tabs.sendMessage = async (tab, message) => {
    if (tab === 0) throw new Error('Could not establish connection. Receiving end does not exist.');
    await sendMessage(tab, message);
  };
  browser.allowed = [];
  await onPage.keep(PATTERNS);
  assert.deepEqual(browser.said.map(({ tab }) => tab), [1]);
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

test('who listens hears what the browser allows and forbids', async () => {
  let heard = 0;
  onPage.listen(() => (heard += 1));
  await onPage.turnOn(PATTERNS);
  assert.equal(heard, 1);
  await browser.permissions.remove({ origins: PATTERNS });
  assert.equal(heard, 2);
});

test('another page that registers it at the same moment is no harm', async () => {
  const { getRegisteredContentScripts } = browser.scripting;
  browser.scripting.getRegisteredContentScripts = async () => {
    browser.scripts = [{ id: 'thread-page', matches: [] }];
    return [];
  };
  await onPage.turnOn(PATTERNS);
  browser.scripting.getRegisteredContentScripts = getRegisteredContentScripts;
  assert.deepEqual(browser.scripts.map(({ matches }) => matches), [PATTERNS]);
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
