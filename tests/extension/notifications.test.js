import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBrowser } from './support/browser.js';
import { FakeClock, settled } from './support/clock.js';
import { boardJob, endedJob } from './support/samples.js';
import { MOST_WAIT_MS, Notifications, QUIET_MS, noteOf } from '../../extension/background/notifications.js';
import { createFormat } from '../../extension/shared/format.js';
import { t, tn } from '../../extension/shared/i18n.js';
import { Preferences } from '../../extension/shared/preferences.js';

const words = { t, tn, format: createFormat('en') };
const incomplete = endedJob({ id: 'j2', state: 'incomplete', title: 'Wet folding', files: { total: 9, saved: 6, blocked: 2, failed: 1 } });
const failed = endedJob({ id: 'j3', state: 'failed', title: 'Maps', error: { code: 'thread.gone', message: 'The thread is gone.', hint: 'Try an archive.' } });

/** @param {{wanted?: 'none'|'trouble'|'all', isAllowed?: boolean}} [start] */
async function scene({ wanted = 'all', isAllowed = true } = {}) {
  const browser = new FakeBrowser();
  const clock = new FakeClock();
  const preferences = new Preferences(browser.api.storage.local);
  await preferences.set({ notifications: wanted });
  if (isAllowed) browser.allowedPermissions.push('notifications');
  const stage = { browser, clock, isPopupOpen: false, revealed: /** @type {string[]} */ ([]), canReveal: true };
  const notifications = new Notifications({
    browser: browser.api,
    preferences,
    clock,
    isPopupOpen: () => stage.isPopupOpen,
    reveal: async (job) => {
      if (!stage.canReveal) throw new Error('no folder');
      stage.revealed.push(job);
    },
    words,
  });
  return Object.assign(stage, { notifications });
}

test('what ends within a few seconds is one notification', async () => {
  const { browser, clock, notifications } = await scene();
  notifications.ended(endedJob());
  await clock.pass(QUIET_MS - 1);
  notifications.ended(incomplete);
  await clock.pass(QUIET_MS - 1);
  assert.equal(browser.notes.length, 0);
  await clock.pass(1);
  assert.deepEqual(browser.notes.map(({ title }) => title), ['2 downloads have ended']);
  assert.equal(browser.notes[0]?.message, '1 is not complete.\nHarbours at night\nWet folding');
  await clock.pass(60_000);
  assert.equal(browser.notes.length, 1);
});

test('a job that ends every second is told of all the same', async () => {
  const { browser, clock, notifications } = await scene();
  for (let second = 0; second <= MOST_WAIT_MS / 1000; second += 1) {
    notifications.ended(endedJob({ id: `j${second}` }));
    await clock.pass(1_000);
  }
  assert.equal(browser.notes.length, 1);
});

test('nobody is told who does not want it, has not allowed it, looks at the popup, or cancelled', async () => {
  for (const change of /** @type {const} */ ([{ wanted: 'none' }, { isAllowed: false }, { wanted: 'trouble' }])) {
    const { browser, clock, notifications } = await scene(change);
    notifications.ended(endedJob());
    await clock.pass(QUIET_MS);
    assert.deepEqual(browser.notes, []);
  }
  const { browser, clock, notifications, ...stage } = await scene();
  notifications.ended(endedJob({ state: 'cancelled' }));
  await clock.pass(QUIET_MS);
  assert.deepEqual(browser.notes, []);
  assert.equal(stage.isPopupOpen, false);
});

test('an open popup shows it already', async () => {
  const stage = await scene();
  stage.isPopupOpen = true;
  stage.notifications.ended(endedJob());
  await stage.notifications.trouble('The program did not answer.');
  await stage.clock.pass(QUIET_MS);
  assert.deepEqual(stage.browser.notes, []);
});

test('of trouble only: incomplete and failed downloads, and what is no download at all', async () => {
  const { browser, clock, notifications } = await scene({ wanted: 'trouble' });
  for (const job of [endedJob(), incomplete, failed]) notifications.ended(job);
  await clock.pass(QUIET_MS);
  await notifications.trouble('The program did not answer.');
  assert.deepEqual(browser.notes.map(({ title, message }) => [title, message.split('\n')[0]]), [
    ['2 downloads have ended', '2 are not complete.'],
    ['Threadreel', 'The program did not answer.'],
  ]);
});

test('one download is told of by its title, and what became of it', () => {
  assert.deepEqual(noteOf([endedJob({ bytes: { total: 312_400_000, done: 312_400_000 } })], words), {
    title: 'Saved: Harbours at night',
    message: '151 files, 312 MB',
    folder: 'j1',
  });
  assert.deepEqual(noteOf([incomplete], words), {
    title: 'Not complete: Wet folding',
    message: 'The site refused 2 files to programs. 1 file could not be fetched.',
    folder: null,
  });
  assert.equal(noteOf([failed], words).message, 'The thread is gone. Try an archive.');
  assert.match(noteOf([boardJob({ state: 'completed' })], words).message, /^3 threads, /);
});

test('of many, three titles are named', () => {
  const jobs = ['a', 'b', 'c', 'd', 'e'].map((id) => endedJob({ id, title: id }));
  assert.equal(noteOf(jobs, words).message, 'a\nb\nc\nand 2 more');
});

test('a click opens the folder of what is complete, the popup for the rest, in a window where there is no other way', async () => {
  const stage = await scene();
  const { browser, notifications, clock } = stage;
  notifications.ended(endedJob());
  await clock.pass(QUIET_MS);
  await notifications.clicked(String(browser.notes[0]?.id));
  assert.deepEqual([stage.revealed, browser.popupsOpened, browser.notes], [['j1'], 0, []]);
  stage.canReveal = false;
  await notifications.clicked('folder:j1');
  assert.equal(browser.popupsOpened, 1);
  notifications.ended(incomplete);
  await clock.pass(QUIET_MS);
  browser.canOpenPopup = false;
  await notifications.clicked(String(browser.notes[0]?.id));
  await settled();
  assert.deepEqual(browser.windowsOpened, [browser.runtime.getURL('popup/popup.html')]);
});
