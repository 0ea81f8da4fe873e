/**
 * What a browser's words about a lost native port mean. Pure. The texts are Chromium's and Firefox's own (Chromium:
 * native_message_process_host.cc; Firefox: NativeMessaging.sys.mjs), not translated by either.
 */

/** @typedef {import('../shared/types.js').ReasonCode} ReasonCode */

/** @type {readonly [RegExp, ReasonCode][]} */
const MEANINGS = [
  [/host not found/i, 'host_missing'],
  // Firefox hides on purpose whether the host is missing or this extension is not allowed; registering repairs both
  [/no such native application/i, 'host_missing'],
  [/host is forbidden/i, 'host_forbidden'],
  [/failed to start native messaging host/i, 'host_exited'],
  [/native host has exited/i, 'host_exited'],
  [/error when communicating/i, 'host_broken'],
  [/tried to send a message/i, 'host_broken'],
];

/**
 * @param {string} text what the browser said; Firefox says nothing when a host ends or crashes
 * @param {boolean} heard whether the host had said anything before
 * @returns {ReasonCode}
 */
export function disconnectReason(text, heard) {
  if (text === '') return 'host_exited';
  // Firefox: before the first message the registered program does not exist, after it the host wrote bad JSON
  if (/an unexpected error occurred/i.test(text)) return heard ? 'host_broken' : 'host_missing';
  return MEANINGS.find(([pattern]) => pattern.test(text))?.[1] ?? 'unknown';
}
