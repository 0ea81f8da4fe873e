import assert from 'node:assert/strict';
import { test } from 'node:test';
import './support/browser.js';
import { Stage } from './support/background.js';
import { settled } from './support/clock.js';
import { THREAD_URL, job } from './support/samples.js';
import { commandWish } from '../../extension/background/gestures.js';

test('keys ask for the page of the tab, to be saved or watched', () => {
  assert.deepEqual(commandWish('save_thread', { url: THREAD_URL }), { url: THREAD_URL, options: {} });
  assert.deepEqual(commandWish('watch_thread', { url: THREAD_URL }), { url: THREAD_URL, options: { watch: true } });
  assert.equal(commandWish('save_thread', undefined), null);
  assert.equal(commandWish('save_thread', {}), null);
});

test('a key starts the thread; without an address it is said that there is none', async () => {
  const stage = new Stage();
  stage.host.answers['job.start'] = { jobs: [job()] };
  await stage.background.gestures.commandPressed('watch_thread', /** @type {any} */ ({ url: THREAD_URL }));
  const [{ urls, options } = /** @type {any} */ ({})] = stage.host.heardOf('job.start');
  assert.deepEqual([urls, options], [[THREAD_URL], { watch: true }]);
  await stage.background.gestures.commandPressed('save_thread', /** @type {any} */ ({}));
  await settled();
  assert.match(String(stage.browser.button.title), /no address/);
});
