/** Bytes as base64. The browser does it itself where it can; else in pieces, so that no list of arguments is too long. */

/** Divisible by three, so that no piece but the last is padded; few enough to be the arguments of one call. */
const PIECE_BYTES = 24_576;

/** What newer browsers know of base64 (Firefox 133, Chromium 140). @typedef {Uint8Array & {toBase64?: () => string}} Bytes */
const { fromBase64: decode } = /** @type {{fromBase64?: (text: string) => Uint8Array}} */ (/** @type {unknown} */ (Uint8Array));

/** @param {Bytes} bytes */
export const toBase64 = (bytes) => bytes.toBase64?.() ?? toBase64InPieces(bytes);

/** @param {string} text */
export const fromBase64 = (text) => decode?.call(Uint8Array, text) ?? fromBase64ByLetter(text);

/** @param {Uint8Array} bytes */
export function toBase64InPieces(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const piece = /** @type {any} */ (bytes.subarray(at, at + PIECE_BYTES)); // as good as an array here
    text += btoa(String.fromCharCode.apply(null, piece));
  }
  return text;
}

/** @param {string} text */
export function fromBase64ByLetter(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes;
}
