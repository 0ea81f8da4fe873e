import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBrowser } from './support/browser.js';

test('all listeners are registered while the background module is evaluated, before anything is awaited', async () => {
  const browser = new FakeBrowser();
  /** @type {any} */ (globalThis).chrome = browser;
  /** @type {(() => void)[]} */
  const waiting = [];
  const { get } = browser.storage.session;
  browser.storage.session.get = (defaults) => new Promise((resolve) => waiting.push(() => resolve(get(defaults))));
  await import('../../extension/background/main.js');
  const { onInstalled, onStartup, onConnect } = browser.runtime;
  const { contextMenus, commands, notifications, permissions, storage } = browser;
  const ours = [contextMenus.onClicked, commands.onCommand, notifications.onClicked, permissions.onAdded, storage.local.onChanged];
  const events = [onInstalled, onStartup, onConnect, ...ours];
  for (const { listeners } of events) assert(listeners.length > 0);
  assert.equal(waiting.length, 1);
});
