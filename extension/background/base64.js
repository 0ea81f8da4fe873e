/** Bytes as base64, made in pieces: the largest string apart from the result is that of one piece. */

/** Divisible by three, so that no piece but the last is padded; few enough to be the arguments of one call. */
const PIECE_BYTES = 24_576;

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const piece = /** @type {any} */ (bytes.subarray(at, at + PIECE_BYTES)); // as good as an array here
    text += btoa(String.fromCharCode.apply(null, piece));
  }
  return text;
}

/** @param {string} text */
export function fromBase64(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes;
}
