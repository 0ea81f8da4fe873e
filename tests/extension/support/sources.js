/** The extension's files as texts. */

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { relative } from 'node:path';

export const ROOT = new URL('../../../extension/', import.meta.url);

/**
 * The files with this ending, by path below the extension's folder.
 * @param {string} ending
 * @returns {[path: string, text: string][]}
 */
export function sources(ending) {
  return readdirSync(ROOT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => {
      const file = `${entry.parentPath}/${entry.name}`;
      return /** @type {[string, string]} */ ([relative(fileURLToPath(ROOT), file), readFileSync(file, 'utf8')]);
    });
}

/**
 * A module without its comments.
 * @param {string} text
 */
export const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
