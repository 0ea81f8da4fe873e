import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBrowser } from './support/browser.js';
import { DEFAULT_PREFERENCES, Preferences, badPreferences } from '../../extension/shared/preferences.js';

/** A localStorage. @returns {Pick<Storage, 'getItem'|'setItem'>} */
function fakeStorage() {
  const held = new Map();
  return { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => void held.set(key, value) };
}

test('what nobody set is the default, what was set is kept', async () => {
  const area = new FakeBrowser().api.storage.local;
  const preferences = new Preferences(area, fakeStorage());
  assert.deepEqual(await preferences.get(), DEFAULT_PREFERENCES);
  await preferences.set({ theme: 'dark', watch_by_default: true });
  await preferences.set({ notifications: 'trouble' });
  assert.deepEqual(await preferences.get(), { theme: 'dark', notifications: 'trouble', watch_by_default: true });
});

test('what makes no sense is the default', async () => {
  const browser = new FakeBrowser();
  browser.storage.local.held = { notifications: 'always', watch_by_default: 'yes' };
  assert.deepEqual(await new Preferences(browser.api.storage.local).get(), DEFAULT_PREFERENCES);
});

test('bad names and values are told', () => {
  assert.deepEqual(badPreferences({ theme: 'dark', notifications: 'all', watch_by_default: false }), []);
  assert.deepEqual(badPreferences({ theme: 'pink', colour: 1, toString: 1, watch_by_default: 1 }), ['theme', 'colour', 'toString', 'watch_by_default']);
});
