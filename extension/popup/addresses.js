/** Addresses that were typed, pasted or dropped: taken out of a text, and what they lead to in words. Pure. */

import { isListing } from '../shared/states.js';

/** @typedef {import('../shared/types.js').Page} Page */

/** So many at once; more is a mistake. */
export const MOST_ADDRESSES = 500;
const LONGEST = 2048;

/**
 * Each address once, in order. Whatever stands between spaces and lines is one; whether it is any good the host says.
 * @param {string} text
 * @returns {string[]}
 */
export function addressesIn(text) {
  const found = text.split(/[\s<>"'“”]+/).map((word) => word.replace(/[,;]+$/, '')).filter((word) => word !== '' && word.length <= LONGEST);
  return [...new Set(found)].slice(0, MOST_ADDRESSES);
}

/**
 * Those that lead somewhere: one for each thread, the others left out. Where nothing is known all are good.
 * @param {readonly string[]} urls
 * @param {ReadonlyMap<string, Page|null>} pages what the host said of them
 */
export function goodAddresses(urls, pages) {
  const seen = new Set();
  return urls.filter((url) => {
    const page = pages.get(url);
    if (page === null) return false;
    const key = page?.thread == null ? url : `${page.site} ${page.board} ${page.thread} ${page.kind === 'file' ? url : ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/**
 * "3 threads, 1 board with all its threads, 1 file · 2 that cannot be saved"
 * @param {readonly string[]} urls
 * @param {ReadonlyMap<string, Page|null>} pages
 * @param {import('./job-view.js').Words} words
 */
export function summary(urls, pages, { t, tn }) {
  const good = goodAddresses(urls, pages).flatMap((url) => pages.get(url) ?? []);
  const counts = {
    threads: good.filter(({ kind }) => kind === 'thread').length,
    boards: good.filter(({ kind }) => isListing(kind)).length,
    files: good.filter(({ kind }) => kind === 'file').length,
  };
  const known = /** @type {const} */ (['threads', 'boards', 'files']).filter((kind) => counts[kind] > 0).map((kind) => tn(`add_${kind}`, counts[kind]));
  const bad = urls.filter((url) => pages.get(url) === null).length;
  return [known.join(t('comma')), bad > 0 ? tn('add_unknown', bad) : ''].filter(Boolean).join(' · ');
}
