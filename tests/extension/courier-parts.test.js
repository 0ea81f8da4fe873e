import assert from 'node:assert/strict';
import { test } from 'node:test';
import './support/browser.js';
import { body } from './support/courier.js';
import { readHead, rawHead } from '../../extension/background/courier-answer.js';
import { PIECE_BYTES, askInBackground } from '../../extension/background/courier-fetch.js';
import { CourierRules, rule } from '../../extension/background/courier-rules.js';
import { fromBase64, fromBase64ByLetter, toBase64, toBase64InPieces } from '../../extension/background/base64.js';
import { FakeBrowser } from './support/browser.js';

const SELF = 'mocfnechjilffboahmjcekofoogdcljj';
const URL_ = 'https://i.4cdn.org/wg/1700000000000002.webm';

test('base64 is what everybody else makes of the bytes, and leads back', () => {
  for (const size of [0, 1, 2, 3, 24_575, 24_576, 24_577, 100_000]) {
    const bytes = body(size);
    const expected = Buffer.from(bytes).toString('base64');
    assert.deepEqual([toBase64(bytes), toBase64InPieces(bytes)], [expected, expected]);
    assert.deepEqual(fromBase64(expected), bytes);
    assert.deepEqual(fromBase64ByLetter(expected), bytes);
  }
});

test('a browser that makes base64 itself is asked to', () => {
  assert.equal(toBase64(Object.assign(new Uint8Array([1, 2, 3]), { toBase64: () => 'its own' })), 'its own');
});

/** What the answers of browsers are: a stream that fills the buffers it is given. @param {Uint8Array} bytes */
function byteStream(bytes) {
  let at = 0;
  return new ReadableStream({
    type: 'bytes',
    pull: (controller) => {
      const view = /** @type {Uint8Array} */ (/** @type {ReadableByteStreamController} */ (controller).byobRequest?.view);
      const part = bytes.subarray(at, at + view.byteLength);
      at += part.length;
      if (part.length > 0) new Uint8Array(view.buffer, view.byteOffset).set(part);
      else controller.close();
      /** @type {ReadableByteStreamController} */ (controller).byobRequest?.respond(part.length);
    },
  });
}

/** @param {Record<string, string|number|null>} change */
const head = (change) => readHead({ status: 200, url: URL_, range: null, length: null, encoding: null, wait: null, ...change });

test('an answer says from where its bytes are, how many follow, and of how many', () => {
  const rows = /** @type {const} */ ([
    [{ length: '70' }, [0, 70, 70, true]],
    [{ length: '70', encoding: 'gzip' }, [0, null, null, true]],
    [{}, [0, null, null, true]],
    [{ status: 206, range: 'bytes 10-19/70', length: '10' }, [10, 10, 70, true]],
    [{ status: 206, range: 'bytes 10-19/*' }, [10, 10, null, true]],
    [{ status: 206, range: 'bytes 19-10/70' }, [0, null, null, false]],
    [{ status: 206, range: 'items 10-19/70' }, [0, null, null, false]],
    [{ status: 206 }, [0, null, null, false]],
    [{ status: 416, range: 'bytes */70' }, [0, null, null, false]],
    [{ status: 403, length: '70' }, [0, null, null, false]],
    [{ length: '-1' }, [0, null, null, true]],
  ]);
  for (const [change, expected] of rows) {
    const { from, length, size, isOfFile } = head(change);
    assert.deepEqual([from, length, size, isOfFile], expected, JSON.stringify(change));
  }
});

test('only an answer without the file asks to wait, and only in words the host takes', () => {
  const row = (/** @type {Record<string, string|number>} */ change) => head(change).wait;
  assert.equal(row({ status: 429, wait: '120' }), '120');
  assert.equal(row({ status: 503, wait: 'Fri, 20 Nov 2026 12:00:00 GMT' }), 'Fri, 20 Nov 2026 12:00:00 GMT');
  assert.equal(row({ status: 429, wait: '1'.repeat(65) }), null);
  assert.equal(row({ status: 429 }), null);
  assert.equal(row({ wait: '120' }), null);
  assert.equal(rawHead(new Response('', { status: 429, headers: { 'Retry-After': '7' } })).wait, '7');
});

test('the background asks with the session, for a range, past the cache, and can give up', async () => {
  /** @type {[string, RequestInit][]} */
  const asked = [];
  let cancelled = false;
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array([1, 2, 3])),
    cancel: () => {
      cancelled = true;
    },
  });
  const ask = /** @type {any} */ (async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
    asked.push([url, init]);
    return new Response(stream, { status: 206, headers: { 'Content-Range': 'bytes 5-7/8' } });
  });
  const { signal } = new AbortController();
  const answer = await askInBackground({ url: URL_, from: 5, to: 7 }, signal, ask);
  assert.deepEqual(asked, [[URL_, { credentials: 'include', cache: 'no-store', headers: { Range: 'bytes=5-7' }, signal }]]);
  assert.deepEqual([answer.head.from, answer.head.length, answer.head.size], [5, 3, 8]);
  assert.deepEqual(await answer.read(), new Uint8Array([1, 2, 3]));
  answer.close();
  await new Promise(setImmediate);
  assert(cancelled);
  const empty = await askInBackground({ url: URL_, from: 0, to: 7 }, signal, /** @type {any} */ (async () => new Response(null, { status: 204 })));
  assert.equal(await empty.read(), null);
  assert.equal(rawHead(new Response('x', { headers: { 'Content-Length': '1' } })).length, '1');
});

test('a body is read into one buffer, which serves the next answer too, but never two at once', async () => {
  const bytes = body(3 * PIECE_BYTES + 7);
  const served = () => /** @type {any} */ (async () => new Response(byteStream(bytes), { status: 200 }));
  const { signal } = new AbortController();
  const open = () => askInBackground({ url: URL_, from: 0, to: 1 }, signal, served());
  for (let round = 0; round < 3; round += 1) {
    const [one, two] = [await open(), await open()];
    const taken = [new Uint8Array(bytes.length), new Uint8Array(bytes.length)];
    const at = [0, 0];
    for (let isMore = true; isMore; ) {
      isMore = false;
      for (const [index, answer] of [one, two].entries()) {
        const piece = await answer.read();
        if (!piece) continue;
        isMore = true;
        assert.equal(piece.buffer.byteLength, PIECE_BYTES);
        taken[index]?.set(piece, at[index]);
        at[index] = (at[index] ?? 0) + piece.length;
      }
    }
    one.close();
    one.close(); // the second time gives nothing back
    two.close();
    assert.deepEqual(taken, [bytes, bytes]);
  }
});

test('a body that is given up while it is read ends, and the next one is read all the same', async () => {
  const { signal } = new AbortController();
  const stalled = new ReadableStream({ type: 'bytes', pull: () => new Promise(() => {}) });
  const answer = await askInBackground({ url: URL_, from: 0, to: 1 }, signal, /** @type {any} */ (async () => new Response(stalled)));
  const reading = answer.read();
  answer.close();
  assert.equal(await reading, null);
  const whole = await askInBackground({ url: URL_, from: 0, to: 1 }, signal, /** @type {any} */ (async () => new Response(byteStream(body(9)))));
  assert.deepEqual(await whole.read(), body(9));
});

/** @param {chrome.declarativeNetRequest.Rule|null} made */
const headersOf = (made) => Object.fromEntries((made?.action.requestHeaders ?? []).map(({ header, value }) => [header, value]));

test("a rule makes one request of ours look like the page's: to another host the origin, to its own the whole address", () => {
  const referer = 'https://boards.4chan.org/g/thread/1000?a=b#p1001';
  const other = rule(1, { url: URL_, referer, isFile: true }, SELF);
  assert.deepEqual(headersOf(other), {
    Referer: 'https://boards.4chan.org/',
    'Sec-Fetch-Site': 'cross-site',
    'Sec-Fetch-Mode': 'no-cors',
    'Sec-Fetch-Dest': 'video',
  });
  assert.deepEqual(other?.condition, { urlFilter: `|${URL_}`, initiatorDomains: [SELF], resourceTypes: ['xmlhttprequest'] });
  const own = rule(2, { url: 'https://boards.4chan.org/src/1.jpg', referer, isFile: true }, SELF);
  assert.deepEqual(headersOf(own), {
    Referer: 'https://boards.4chan.org/g/thread/1000?a=b',
    'Sec-Fetch-Site': 'same-origin',
    'Sec-Fetch-Mode': 'no-cors',
    'Sec-Fetch-Dest': 'image',
  });
  assert.equal(headersOf(rule(3, { url: 'https://a.4chan.org/1.json', referer, isFile: false }, SELF))['Sec-Fetch-Site'], 'same-site');
});

test('rules are there while they are held, each under its own number, and none of an earlier life stays', async () => {
  const browser = new FakeBrowser();
  browser.rules.set(1, { id: 1, left: 'behind' });
  const rules = new CourierRules(browser.api.declarativeNetRequest, SELF);
  const trips = ['a', 'b'].map((name) => ({ url: `https://i.4cdn.org/g/${name}.jpg`, referer: '', isFile: true }));
  const [first, second] = await Promise.all(trips.map((trip) => rules.hold(trip)));
  assert.deepEqual([...browser.rules.values()].map(({ condition }) => condition.urlFilter), ['|https://i.4cdn.org/g/a.jpg', '|https://i.4cdn.org/g/b.jpg']);
  await first?.();
  await second?.();
  assert.equal(browser.rules.size, 0);
});

test('what needs no header of ours has no rule, and what an earlier life left goes all the same', async () => {
  const trip = { url: 'https://a.4cdn.org/1.json', referer: '', isFile: false };
  assert.equal(rule(1, trip, SELF), null);
  const browser = new FakeBrowser();
  browser.rules.set(1, { id: 1, left: 'behind' });
  const release = await new CourierRules(browser.api.declarativeNetRequest, SELF).hold(trip);
  assert.equal(browser.rules.size, 0);
  await release();
});
