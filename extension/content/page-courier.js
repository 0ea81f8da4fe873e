/**
 * Run in a page of a site when the background was refused a file: asks for it as the page, and hands it over piece by piece,
 * each when it is asked for. Ends with the port. It may be run in one page several times.
 */

(() => {
  const abort = new AbortController();
  /** @type {ReadableStreamDefaultReader<Uint8Array>|undefined} */
  let reader;

  /** @param {{url?: string, from?: number, to?: number}} message */
  async function answer({ url, from, to }) {
    if (!url) return { data: encoded((await reader?.read())?.value) };
    const isOwn = new URL(url).origin === location.origin;
    // Few sites that let their pages read other hosts' files do so with credentials
    const credentials = isOwn ? 'include' : 'same-origin';
    const response = await fetch(url, { credentials, cache: 'no-store', headers: { Range: `bytes=${from}-${to}` }, signal: abort.signal });
    reader = response.body?.getReader();
    const header = (/** @type {string} */ name) => response.headers.get(name);
    return {
      status: response.status,
      url: response.url,
      range: header('Content-Range'),
      length: header('Content-Length'),
      encoding: header('Content-Encoding'),
      wait: header('Retry-After'),
    };
  }

  /** @param {Uint8Array|undefined} bytes */
  function encoded(bytes) {
    if (!bytes) return null;
    let text = '';
    for (let at = 0; at < bytes.length; at += 24_576) {
      text += btoa(String.fromCharCode(...bytes.subarray(at, at + 24_576)));
    }
    return text;
  }

  const port = chrome.runtime.connect({ name: 'courier' });
  port.onDisconnect.addListener(() => abort.abort());
  port.onMessage.addListener(async (message) => {
    try {
      port.postMessage(await answer(message));
    } catch (error) {
      // The port may have gone while the answer was awaited
      if (!abort.signal.aborted) port.postMessage({ error: String(error) });
    }
  });
})();
