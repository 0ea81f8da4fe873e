import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { MESSAGES } from './support/browser.js';
import { ROOT, sources } from './support/sources.js';

/** @typedef {Record<string, {message: string}>} Messages */

const LOCALES = /** @type {[language: string, messages: Messages][]} */ (
  readdirSync(new URL('_locales/', ROOT))
    .filter((language) => existsSync(new URL(`_locales/${language}/messages.json`, ROOT)))
    .map((language) => [language, JSON.parse(readFileSync(new URL(`_locales/${language}/messages.json`, ROOT), 'utf8'))])
);

/** @param {string} text */
const placeholders = (text) => [...new Set(text.match(/\$\d/g))].sort();

/** What is no word of any language: fields, terms and commands. @param {string} text */
const codes = (text) => (text.match(/\{\w+\}|\w+:[\w<>.]+|https:\/\//g) ?? []).sort();

/**
 * The messages a language needs: those of English, but a singular only where it has one.
 * @param {string} language
 */
function needed(language) {
  const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
  return Object.keys(MESSAGES).filter((key) => !key.endsWith('_one') || pluralCategories.includes('one'));
}

test('English, German, Spanish and Japanese are there', () => {
  assert.deepEqual(LOCALES.map(([language]) => language).sort(), ['de', 'en', 'es', 'ja']);
});

for (const [language, messages] of LOCALES) {
  test(`${language}: every message is there, and none besides`, () => {
    const keys = needed(language);
    const lists = {
      missing: keys.filter((key) => !(key in messages)),
      unknown: Object.keys(messages).filter((key) => !keys.includes(key)),
    };
    assert.deepEqual(lists, { missing: [], unknown: [] });
  });

  test(`${language}: every message says as much as the English one`, () => {
    for (const [key, { message }] of Object.entries(messages)) {
      const original = MESSAGES[key]?.message ?? '';
      assert.notEqual(message.trim(), '', key);
      assert.deepEqual(placeholders(message), placeholders(original), key);
      assert.deepEqual(codes(message), codes(original), key);
      assert.doesNotMatch(message, /\$\w+\$/, `${key}: Chromium takes this for one placeholder, and refuses the extension`);
    }
  });

  test(`${language}: it says which language it is, and the description fits into the stores`, () => {
    assert.equal(messages.language?.message, language);
    assert.equal(messages.direction?.message, 'ltr');
    assert.equal(messages.extension_name?.message, 'Threadreel');
    assert(Number(messages.extension_description?.message.length) <= 132);
  });
}

test('pages can be turned round for languages that run from right to left: nothing in them is left or right', () => {
  const physical = /(?:^|[\s;{-])(?:left|right)\s*:|(?:margin|padding|border|inset)-(?:left|right)|(?:text-align|float|clear)\s*:\s*(?:left|right)|\b(?:margin|padding|inset):\s*[^\s;]+\s+([^\s;]+)\s+[^\s;]+\s+(?!\1;)[^\s;]+;/;
  for (const [path, css] of sources('.css')) assert.doesNotMatch(css.replace(/\/\*[\s\S]*?\*\//g, ''), physical, path);
});
