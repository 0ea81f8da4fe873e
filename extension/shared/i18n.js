/**
 * The words of the user interface, from _locales: one message, a message that depends on a number, a whole document.
 */

import { browser } from './browser.js';

/** @typedef {(key: string, ...substitutes: (string|number)[]) => string} Translate */

/**
 * The message under this key with $1, $2 … filled in. A key that is missing shows itself, so that it is noticed.
 * @type {Translate}
 */
export function t(key, ...substitutes) {
  return browser.i18n.getMessage(key, substitutes.map(String)) || key;
}

/** The language the messages are written in, for Intl: numbers and words must agree. */
export const language = () => t('language');

/** @type {Intl.PluralRules|undefined} */
let pluralRules;

/**
 * The message for `count` of something: `key_one`, `key_few`, … by the language's rules, else `key_other`. $1 is the
 * number as people write it; further substitutes follow as $2, $3 …
 * @param {string} key
 * @param {number} count
 * @param {...string} substitutes
 */
export function tn(key, count, ...substitutes) {
  pluralRules ??= new Intl.PluralRules(language());
  const number = count.toLocaleString(language());
  const exact = browser.i18n.getMessage(`${key}_${pluralRules.select(count)}`, [number, ...substitutes]);
  return exact || t(`${key}_other`, number, ...substitutes);
}

/**
 * Fill a document's static text: `data-i18n="key"` is its text, `data-i18n-label="key"` its accessible name (and a
 * button's tooltip), `data-i18n-placeholder="key"` a field's placeholder.
 * @param {Document} document
 */
export function localise(document) {
  document.documentElement.lang = language();
  document.documentElement.dir = t('direction');
  fill(document);
}

/**
 * Fill the static text of a part of a document.
 * @param {ParentNode} document
 */
export function fill(document) {
  for (const element of document.querySelectorAll('[data-i18n]')) {
    element.textContent = t(element.getAttribute('data-i18n') ?? '');
  }
  for (const element of document.querySelectorAll('[data-i18n-label]')) {
    const label = t(element.getAttribute('data-i18n-label') ?? '');
    element.setAttribute('aria-label', label);
    if (element.tagName === 'BUTTON') element.setAttribute('title', label);
  }
  for (const element of document.querySelectorAll('[data-i18n-placeholder]')) {
    element.setAttribute('placeholder', t(element.getAttribute('data-i18n-placeholder') ?? ''));
  }
}
