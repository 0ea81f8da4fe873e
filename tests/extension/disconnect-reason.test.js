import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disconnectReason } from '../../extension/background/disconnect-reason.js';

/** @type {[browser: string, words: string, heard: boolean, code: string][]} */
const TABLE = [
  ['Chromium', 'Specified native messaging host not found.', false, 'host_missing'],
  ['Chromium', 'Access to the specified native messaging host is forbidden.', false, 'host_forbidden'],
  ['Chromium', 'Failed to start native messaging host.', false, 'host_exited'],
  ['Chromium', 'Native host has exited.', true, 'host_exited'],
  ['Chromium', 'Error when communicating with the native messaging host.', true, 'host_broken'],
  ['Firefox', 'No such native application io.github.threadreel.host', false, 'host_missing'],
  ['Firefox', 'An unexpected error occurred', false, 'host_missing'],
  ['Firefox', 'An unexpected error occurred', true, 'host_broken'],
  ['Firefox', 'Native application tried to send a message of 1819043144 bytes, which exceeds the limit of 1048576 bytes.', false, 'host_broken'],
  ['Firefox', '', true, 'host_exited'],
  ['any', 'Something nobody has seen yet', true, 'unknown'],
];

for (const [browser, words, heard, code] of TABLE) {
  test(`${browser}: "${words}" ${heard ? 'after' : 'before'} the first message means ${code}`, () => {
    assert.equal(disconnectReason(words, heard), code);
  });
}
