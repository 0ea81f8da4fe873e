import assert from 'node:assert/strict';
import { test } from 'node:test';
import './support/browser.js';
import { FakePort } from './support/events.js';
import { browserText, disconnectText } from '../../extension/shared/browser.js';

/**
 * @param {{message: string}|undefined} lastError
 * @param {{message: string}|undefined} error
 */
function words(lastError, error) {
  const port = Object.assign(new FakePort('native'), { error });
  return disconnectText(/** @type {any} */ (port), /** @type {any} */ ({ lastError }));
}

test('the reason of a disconnect is in lastError in Chromium, in port.error in Firefox, and may be nowhere', () => {
  assert.equal(words({ message: 'Native host has exited.' }, undefined), 'Native host has exited.');
  assert.equal(words(undefined, { message: 'No such native application x' }), 'No such native application x');
  assert.equal(words(undefined, undefined), '');
});

test('the browser is named by its own brand', () => {
  const brands = [{ brand: 'Not;A=Brand', version: '8' }, { brand: 'Chromium', version: '121' }, { brand: 'Vivaldi', version: '6' }];
  assert.equal(browserText({ userAgent: 'Mozilla/5.0', userAgentData: { brands } }), 'Vivaldi 6');
  assert.equal(browserText({ userAgent: 'Mozilla/5.0', userAgentData: { brands: brands.slice(0, 2) } }), 'Chromium 121');
  assert.equal(browserText({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }), 'Firefox 140');
});

test('the name of a browser nobody knows is cut to what hello may carry', () => {
  assert.equal(browserText({ userAgent: 'x'.repeat(500) }).length, 64);
});
