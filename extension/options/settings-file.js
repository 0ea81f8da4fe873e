/** Settings as a file: those of the host and those of the browser in one, whole and readable. Pure. */

import { isObject } from '../shared/checks.js';
import { badPreferences } from '../shared/preferences.js';

/** @typedef {import('../shared/preferences.js').PreferenceValues} PreferenceValues */
/** @typedef {{settings: Record<string, unknown>, preferences: Partial<PreferenceValues>}} Content */

export const FILE_NAME = 'threadreel-settings.json';
/** No settings are that large. */
export const MOST_BYTES = 500_000;
const VERSION = 1;

/**
 * The folder is left out: it is one of this computer, and no message carries a path.
 * @param {Record<string, unknown>} settings
 * @param {PreferenceValues} preferences
 */
export function writeFile({ directory: _directory, ...settings }, preferences) {
  return `${JSON.stringify({ threadreel: VERSION, settings, preferences }, null, 2)}\n`;
}

/**
 * What a file holds; the reason, as the key of a message, when it is none of ours. Settings are the host's to judge.
 * @param {string} text
 * @returns {Content|'options_file_unreadable'|'options_file_newer'|'options_file_bad'}
 */
export function readFile(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    return 'options_file_unreadable';
  }
  if (!isObject(found) || typeof found.threadreel !== 'number') return 'options_file_unreadable';
  if (found.threadreel > VERSION) return 'options_file_newer';
  const { settings = {}, preferences = {} } = found;
  if (!isObject(settings) || !isObject(preferences) || badPreferences(preferences).length) return 'options_file_bad';
  const { directory: _directory, ...rest } = settings;
  return { settings: rest, preferences };
}
