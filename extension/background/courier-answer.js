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
 */

/**
 * @typedef {object} Head
 * @property {number} status
 * @property {string} url
 * @property {number} from the first byte's place in the file
 * @property {number|null} length bytes that follow, null where nobody tells
 * @property {number|null} size of the whole file, null where nobody tells
 * @property {boolean} isOfFile whether bytes of the file follow: a refusal has none
 */

/**
 * @typedef {object} Answer
 * @property {Head} head
 * @property {() => Promise<Uint8Array|null>} read the next bytes, null after the last
 * @property {() => void} close no more is wanted
 */

/**
 * Bytes `from` up to and with `to` of what is at `url`.
 * @typedef {{url: string, from: number, to: number}} Wish
 */

/** The part, and the whole where it is told (RFC 9110 section 14.4). */
const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(?:(\d{1,15})|\*)$/;
const DIGITS = /^\d{1,15}$/;

/** @param {Response} response */
export function rawHead({ status, url, headers }) {
  return {
    status,
    url,
    range: headers.get('Content-Range'),
    length: headers.get('Content-Length'),
    encoding: headers.get('Content-Encoding'),
  };
}

/**
 * @param {RawHead} raw
 * @returns {Head}
 */
export function readHead({ status, url, range, length, encoding }) {
  // What is unpacked on the way has another length than the headers say
  const told = length !== null && DIGITS.test(length) && (encoding ?? 'identity') === 'identity' ? Number(length) : null;
  if (status === 200) return { status, url, from: 0, length: told, size: told, isOfFile: true };
  const [, first, last, whole] = CONTENT_RANGE.exec(range ?? '') ?? [];
  const isOfFile = status === 206 && first !== undefined && Number(last) >= Number(first);
  if (!isOfFile) return { status, url, from: 0, length: null, size: null, isOfFile };
  return { status, url, from: Number(first), length: Number(last) - Number(first) + 1, size: whole ? Number(whole) : null, isOfFile };
}
