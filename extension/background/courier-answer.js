/**
 * What an answer's status and headers say about the bytes that follow: from where, how many, of how many. Pure. The same
 * for an answer that the background was given and for one that a page was given.
 */

/**
 * @typedef {object} RawHead
 * @property {number} status
 * @property {string} url of the answer, after redirects
 * @property {string|null} range Content-Range
 * @property {string|null} length Content-Length
 * @property {string|null} encoding Content-Encoding
 * @property {string|null} wait Retry-After
 */

/**
 * @typedef {object} Head
 * @property {number} status
 * @property {string} url
 * @property {number} from the first byte's place in the file
 * @property {number|null} length bytes that follow, null where nobody tells
 * @property {number|null} size of the whole file, null where nobody tells
 * @property {boolean} isOfFile whether bytes of the file follow: a refusal has none
 * @property {string|null} wait what a refusal asks to wait, in the words of its Retry-After
 */

/**
 * @typedef {object} Answer
 * @property {Head} head
 * @property {() => Promise<Uint8Array|null>} read the next bytes, good until the next call; null after the last
 * @property {() => void} close no more is wanted
 */

/**
 * Bytes `from` up to and with `to` of what is at `url`.
 * @typedef {{url: string, from: number, to: number}} Wish
 */

/** The part, and the whole where it is told (RFC 9110 section 14.4). */
const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(?:(\d{1,15})|\*)$/;
const DIGITS = /^\d{1,15}$/;
/** Seconds or a date: longer is neither, and more than the contract lets pass. */
const MOST_WAIT_LETTERS = 64;

/** @param {Response} response */
export function rawHead({ status, url, headers }) {
  return {
    status,
    url,
    range: headers.get('Content-Range'),
    length: headers.get('Content-Length'),
    encoding: headers.get('Content-Encoding'),
    wait: headers.get('Retry-After'),
  };
}

/**
 * @param {RawHead} raw
 * @returns {Head}
 */
export function readHead({ status, url, range, length, encoding, wait }) {
  // What is unpacked on the way has another length than the headers say
  const told = length !== null && DIGITS.test(length) && (encoding ?? 'identity') === 'identity' ? Number(length) : null;
  if (status === 200) return { status, url, from: 0, length: told, size: told, isOfFile: true, wait: null };
  const [, first, last, whole] = CONTENT_RANGE.exec(range ?? '') ?? [];
  const isOfFile = status === 206 && first !== undefined && Number(last) >= Number(first);
  if (!isOfFile) {
    const isReadable = wait !== null && wait.length <= MOST_WAIT_LETTERS;
    return { status, url, from: 0, length: null, size: null, isOfFile, wait: isReadable ? wait : null };
  }
  const [from, size] = [Number(first), whole ? Number(whole) : null];
  return { status, url, from, length: Number(last) - from + 1, size, isOfFile, wait: null };
}

/**
 * Whether a redirect has stayed at the host that was asked, and under encryption. That another host is permitted as well
 * says nothing about this site's files.
 * @param {string} url
 * @param {string} asked
 */
export function isSamePlace(url, asked) {
  const [there, here] = [new URL(url), new URL(asked)];
  return there.host === here.host && (there.protocol === 'https:' || there.protocol === here.protocol);
}
