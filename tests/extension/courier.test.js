import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import './support/browser.js';
import { FakeClock, settled } from './support/clock.js';
import { FakePart, FakeSite, body } from './support/courier.js';
import { REST_MS, SILENCE_MS } from '../../extension/background/courier-delivery.js';
import { AHEAD_BYTES, STRETCH_BYTES } from '../../extension/background/courier-stretches.js';
import { Courier } from '../../extension/background/courier.js';
import { HostError } from '../../extension/shared/protocol.js';

const CHUNK = 524_288;
const WINDOW = 4;
const URL_ = 'https://i.4cdn.org/wg/1700000000000002.webm';

/** @type {FakeClock} */
let clock;
/** What a page of the site would get: nothing, for none is open. @type {(origin: string, wish: any, signal: AbortSignal) => Promise<any>} */
let askPage;
let isAllowed = true;
/** @type {any[]} */
let held;
/** @type {Map<string, FakePart>} */
let parts;

beforeEach(() => {
  clock = new FakeClock();
  askPage = async () => null;
  isAllowed = true;
  held = [];
  parts = new Map();
});

/**
 * @param {FakeSite} site
 * @param {(url: string) => boolean} [mayFetch]
 */
function courier(site, mayFetch = (url) => isAllowed && new URL(url).host === 'i.4cdn.org') {
  return new Courier({
    ask: site.ask,
    askPage: (origin, wish, signal) => askPage(origin, wish, signal),
    hold: async (trip) => {
      held.push(trip);
      return async () => void held.splice(held.indexOf(trip), 1);
    },
    mayFetch,
    send: (fields) => /** @type {FakePart} */ (parts.get(String(fields.file))).send(fields),
    clock,
  });
}

/**
 * The host needs a file; what it has of it.
 * @param {Partial<import('../../extension/shared/types.js').FileNeeded>} [change]
 * @param {FakePart} [part]
 */
function needed(change = {}, part = new FakePart(change.offset ?? 0)) {
  const need = {
    type: /** @type {const} */ ('file.needed'),
    job: 'j1',
    file: 'f1',
    url: URL_,
    referer: 'https://boards.4chan.org/',
    offset: 0,
    limit: 200_000_000,
    chunk: CHUNK,
    window: WINDOW,
    ahead: true,
    ...change,
  };
  parts.set(need.file, part);
  return { need, part };
}

/** Everything that can happen without time passing. @param {Courier} subject */
async function done(subject) {
  for (let turn = 0; subject.isBusy && turn < 20_000; turn += 1) await settled();
  assert(!subject.isBusy, 'the courier is still busy');
}

/**
 * @param {FakePart} part
 * @param {Uint8Array} bytes
 */
const holds = (part, bytes) => Buffer.compare(part.bytes, bytes) === 0;

test('a file arrives byte for byte, in chunks of the size that was asked for, with its size at the beginning and an end', async () => {
  const site = new FakeSite(body(1_300_000));
  const subject = courier(site);
  const { need, part } = needed();
  subject.take(need);
  await done(subject);
  assert(holds(part, site.bytes));
  assert(part.isEnded);
  assert.deepEqual(part.chunks.map(({ offset, data, status, size, end, error, job }) => [offset, data.length, status, size, end, error, job]), [
    [0, Math.ceil(CHUNK / 3) * 4, 200, 1_300_000, undefined, undefined, 'j1'],
    [CHUNK, Math.ceil(CHUNK / 3) * 4, undefined, undefined, undefined, undefined, 'j1'],
    [2 * CHUNK, Math.ceil((1_300_000 - 2 * CHUNK) / 3) * 4, undefined, undefined, true, undefined, 'j1'],
  ]);
});

test('small, empty and exactly fitting files end as they should', async () => {
  for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, STRETCH_BYTES, STRETCH_BYTES + 1]) {
    const site = new FakeSite(body(size));
    site.hasRanges = size > 0; // nothing is no range
    const subject = courier(site);
    const { need, part } = needed();
    subject.take(need);
    await done(subject);
    assert(holds(part, site.bytes) && part.isEnded, String(size));
    assert.equal(part.size, size);
  }
});

test('never more than the window is without a reply, and no more is read than is about to be sent', async () => {
  const site = new FakeSite(body(12_000_000));
  const subject = courier(site);
  const { need, part } = needed();
  part.isSlow = true;
  subject.take(need);
  let most = 0;
  for (let turn = 0; subject.isBusy && turn < 2_000; turn += 1) {
    await settled();
    most = Math.max(most, site.readBytes - part.next);
    if (turn % 10 === 9) part.answer(1);
  }
  await done(subject);
  assert(holds(part, site.bytes));
  assert.equal(part.mostUnanswered, WINDOW * CHUNK);
  // the window, the chunk that waits, and one piece of the site's
  assert(most <= (WINDOW + 1) * CHUNK + 65_536, String(most));
});

test('a window that the host makes smaller is kept to', async () => {
  const site = new FakeSite(body(6_000_000));
  const subject = courier(site);
  const { need, part } = needed();
  subject.take(need);
  part.window = 1;
  await done(subject);
  part.mostUnanswered = 0;
  const again = needed({ file: 'f2', window: 1 });
  again.part.window = 1;
  again.part.isSlow = true;
  subject.take(again.need);
  for (let turn = 0; subject.isBusy && turn < 2_000; turn += 1) {
    await settled();
    again.part.answer();
  }
  assert.equal(again.part.mostUnanswered, CHUNK);
  assert(holds(again.part, site.bytes));
});

test('a large file is asked for in stretches, one after the other, and no byte twice', async () => {
  const site = new FakeSite(body(2 * STRETCH_BYTES + 5));
  const subject = courier(site);
  const { need, part } = needed();
  subject.take(need);
  await done(subject);
  assert(holds(part, site.bytes));
  assert.deepEqual(site.asked.map(({ from, to }) => [from, to]), [
    [0, STRETCH_BYTES - 1],
    [STRETCH_BYTES, 2 * STRETCH_BYTES - 1],
    [2 * STRETCH_BYTES, 3 * STRETCH_BYTES - 1],
  ]);
  assert.equal(site.readBytes, site.bytes.length);
  assert.equal(site.closed, 3);
});

test('the next stretch is asked for shortly before this one ends, and only that one', async () => {
  const site = new FakeSite(body(3 * STRETCH_BYTES));
  const subject = courier(site);
  const { need, part } = needed();
  part.isSlow = true;
  subject.take(need);
  const left = [];
  for (let turn = 0; subject.isBusy && turn < 2_000; turn += 1) {
    const before = site.asked.length;
    await settled();
    if (site.asked.length > before) left.push((site.asked.length - 1) * STRETCH_BYTES - site.readBytes);
    part.answer(1);
  }
  await done(subject);
  assert(holds(part, site.bytes));
  assert.deepEqual(site.asked.map(({ from }) => from), [0, STRETCH_BYTES, 2 * STRETCH_BYTES]);
  assert.equal(site.readBytes, site.bytes.length);
  for (const bytes of left.slice(1)) assert(bytes > 0 && bytes <= AHEAD_BYTES, String(left));
});

test('what was asked for ahead is given up with the file', async () => {
  for (const end of [(/** @type {Courier} */ each) => each.drop({ job: 'j1', file: 'f1' }), (/** @type {Courier} */ each) => each.stop()]) {
    const site = new FakeSite(body(3 * STRETCH_BYTES));
    const { need, part } = needed();
    part.isSlow = true;
    const subject = courier(site);
    subject.take(need);
    for (let turn = 0; site.asked.length < 2 && turn < 2_000; turn += 1) {
      await settled();
      part.answer(1);
    }
    assert(site.readBytes < STRETCH_BYTES);
    end(subject);
    await done(subject);
    await settled();
    assert.deepEqual([site.asked.length, site.closed], [2, 2]);
  }
});

test('chunks that do not fill a stretch evenly: no byte is asked for twice', async () => {
  const site = new FakeSite(body(2 * STRETCH_BYTES + 5));
  const subject = courier(site);
  const { need, part } = needed({ chunk: 100_000 });
  subject.take(need);
  await done(subject);
  assert(holds(part, site.bytes));
  assert.equal(site.readBytes, site.bytes.length);
  assert.deepEqual(site.asked.map(({ from }) => from), [0, STRETCH_BYTES, 2 * STRETCH_BYTES]);
});

test('a file whose size nobody tells is asked for until nothing is left', async () => {
  for (const size of [2 * STRETCH_BYTES, 1_000]) {
    const site = new FakeSite(body(size));
    site.tellsSize = false;
    const subject = courier(site);
    const { need, part } = needed();
    subject.take(need);
    await done(subject);
    assert(holds(part, site.bytes) && part.isEnded);
    assert.equal(part.size, undefined);
  }
});

test('it goes on from where the host is, by a range', async () => {
  const site = new FakeSite(body(900_000));
  const subject = courier(site);
  const { need, part } = needed({ offset: 300_001 });
  subject.take(need);
  await done(subject);
  assert.equal(site.asked[0]?.from, 300_001);
  assert(holds(part, site.bytes.subarray(300_001)));
  assert.deepEqual([part.chunks[0]?.status, part.chunks[0]?.size], [206, 900_000]);
});

test('a site without ranges: the host begins anew, and what comes after a broken line is passed over', async () => {
  const site = new FakeSite(body(3_000_000));
  site.hasRanges = false;
  site.breaks = [2_000_000];
  const subject = courier(site);
  const { need, part } = needed({ offset: 300_000 });
  subject.take(need);
  await clock.pass(REST_MS);
  await done(subject);
  assert(holds(part, site.bytes));
  assert.deepEqual([part.chunks[0]?.offset, part.chunks[0]?.status], [0, 200]);
  assert.equal(site.asked.length, 2);
});

test('a line that breaks is taken up again, three times in vain at most', async () => {
  const site = new FakeSite(body(3_000_000));
  site.breaks = [1_000_000, 0, 700_000];
  const subject = courier(site);
  const { need, part } = needed();
  subject.take(need);
  await clock.pass(10 * REST_MS);
  await done(subject);
  assert(holds(part, site.bytes));
  const dead = new FakeSite(body(3_000_000));
  dead.breaks = [1_000_000, 0, 0, 0, 0];
  const second = courier(dead);
  const other = needed({ file: 'f2' });
  second.take(other.need);
  await clock.pass(60 * REST_MS);
  await done(second);
  assert.equal(other.part.last.error, 'network');
  assert.equal(other.part.last.data, '');
  assert(dead.asked.length <= 5);
});

test('a body that is shorter than its headers said is not taken for whole', async () => {
  const site = new FakeSite(body(100_000));
  const { ask } = site;
  site.ask = async (wish, signal) => {
    const answer = await ask(wish, signal);
    answer.head.length = 100_500;
    return answer;
  };
  const subject = courier(site);
  const { need, part } = needed();
  subject.take(need);
  await clock.pass(60 * REST_MS);
  await done(subject);
  assert(!part.isEnded);
  assert.equal(part.last.error, 'network');
});

test('a site that falls silent is given up', async () => {
  const site = new FakeSite(body(100_000));
  site.isSilent = true;
  const subject = courier(site);
  const { need, part } = needed();
  subject.take(need);
  await clock.pass(4 * SILENCE_MS);
  await done(subject);
  assert.equal(part.last.error, 'network');
});

test('another answer than the file is told with its status, and asked for once', async () => {
  for (const status of [403, 404, 429, 416, 500]) {
    const site = new FakeSite(body(10));
    site.refuse = () => status;
    const subject = courier(site);
    const { need, part } = needed({ offset: 5 });
    subject.take(need);
    await done(subject);
    assert.deepEqual(part.chunks, [{ job: 'j1', file: 'f1', offset: 5, data: '', end: true, error: 'status', status }]);
    assert.equal(site.asked.length, 1);
  }
});

test('an answer from a host that is not permitted is told as a redirect', async () => {
  const site = new FakeSite(body(10));
  site.redirect = 'https://elsewhere.example/1.webm';
  const subject = courier(site);
  const { need, part } = needed();
  subject.take(need);
  await done(subject);
  assert.deepEqual(part.chunks.map(({ error, data }) => [error, data]), [['redirect', '']]);
});

test('another host, another port or no encryption any more is a redirect too, however much is permitted', async () => {
  for (const [asked, came] of /** @type {const} */ ([
    [URL_, 'https://is2.4chan.org/wg/1.webm'],
    [URL_, 'http://i.4cdn.org/wg/1700000000000002.webm'],
    ['http://127.0.0.1:8001/wg/1.webm', 'http://127.0.0.1:8002/wg/1.webm'],
  ])) {
    const site = new FakeSite(body(10));
    site.redirect = came;
    const subject = courier(site, () => true);
    const { need, part } = needed({ url: asked });
    subject.take(need);
    await done(subject);
    assert.deepEqual(part.chunks.map(({ error, data }) => [error, data]), [['redirect', '']], came);
  }
});

test('a redirect that stays at the host, or leads to its encrypted side, is followed', async () => {
  for (const [asked, came] of /** @type {const} */ ([
    [URL_, 'https://i.4cdn.org/elsewhere/2.webm'],
    ['http://i.4cdn.org/wg/1.webm', 'https://i.4cdn.org/wg/1.webm'],
  ])) {
    const site = new FakeSite(body(10));
    site.redirect = came;
    const subject = courier(site);
    const { need, part } = needed({ url: asked });
    subject.take(need);
    await done(subject);
    assert(holds(part, site.bytes), came);
  }
});

test('a site that asks to wait: the host hears of it, and no page asks meanwhile', async () => {
  const site = new FakeSite(body(10));
  site.refuse = () => 429;
  site.wait = '120';
  askPage = () => assert.fail('a page asked');
  const subject = courier(site);
  const { need, part } = needed();
  subject.take(need);
  await done(subject);
  assert.deepEqual(part.chunks, [
    { job: 'j1', file: 'f1', offset: 0, data: '', end: true, error: 'status', status: 429, retry_after: '120' },
  ]);
});

test('asked to wait in the middle of a file, it breaks off there, and the host hears for how long', async () => {
  const site = new FakeSite(body(STRETCH_BYTES + 1_000));
  site.refuse = ({ from }) => (from > 0 ? 429 : null);
  site.wait = 'Fri, 20 Nov 2026 12:00:00 GMT';
  const subject = courier(site);
  const { need, part } = needed();
  subject.take(need);
  await done(subject);
  assert.deepEqual([part.last.error, part.last.status, part.last.retry_after], ['network', undefined, site.wait]);
  assert.equal(part.next, STRETCH_BYTES);
});

test('without leave to ask ahead no request begins before the last has ended', async () => {
  const site = new FakeSite(body(3 * STRETCH_BYTES));
  const subject = courier(site);
  const { need, part } = needed({ ahead: false });
  subject.take(need);
  for (let turn = 0; subject.isBusy && turn < 20_000; turn += 1) {
    await settled();
    assert(site.asked.length - site.closed <= 1);
  }
  assert(holds(part, site.bytes));
  assert.equal(site.asked.length, 3);
});

test('the host says which offset it wants: chunks lost, doubled or thrown away end in a right file', async () => {
  const site = new FakeSite(body(5_000_000));
  for (const code of ['file.offset', 'file.too_many']) {
    const subject = courier(site);
    const { need, part } = needed();
    // the third chunk is lost, and with it what was sent behind it
    part.object = (_chunk, number) => (number === 2 ? new HostError(code, 'Again.', String(2 * CHUNK)) : null);
    subject.take(need);
    await done(subject);
    assert(holds(part, site.bytes), code);
    assert(part.isEnded);
    assert.equal(site.closed, site.asked.length);
    site.closed = site.asked.length = 0;
  }
});

test('a host that has more than it was sent here is gone on with from there', async () => {
  const site = new FakeSite(body(2_000_000));
  const subject = courier(site);
  const { need, part } = needed({}, new FakePart(1_000_000));
  subject.take(need); // says 0; the host has got further meanwhile
  await done(subject);
  assert(holds(part, site.bytes.subarray(1_000_000)) || holds(part, site.bytes));
  assert(part.isEnded);
});

test('a host that wants the same offset for ever is given up', async () => {
  const site = new FakeSite(body(2_000_000));
  const subject = courier(site);
  const { need, part } = needed();
  part.object = ({ error }) => (error ? null : new HostError('file.offset', 'Again.', '0'));
  subject.take(need);
  await done(subject);
  assert.equal(part.last.error, 'aborted');
  assert(site.asked.length <= 4);
});

test('whatever else the host objects to ends the file without a word', async () => {
  for (const code of ['file.unwanted', 'file.too_large', 'request.timeout', 'host_exited']) {
    const site = new FakeSite(body(20_000_000));
    const subject = courier(site);
    const { need, part } = needed();
    part.object = (_chunk, number) => (number === 3 ? new HostError(code, 'No.') : null);
    subject.take(need);
    await done(subject);
    assert.equal(part.last.error, undefined);
    assert(site.readBytes < 10_000_000);
    assert.equal(held.length, 0);
  }
});

test('late replies: nothing moves meanwhile, and it goes on when they come', async () => {
  const site = new FakeSite(body(4_000_000));
  const subject = courier(site);
  const { need, part } = needed();
  part.isSlow = true;
  subject.take(need);
  await clock.pass(SILENCE_MS - 1);
  assert.equal(part.chunks.length, WINDOW);
  part.isSlow = false;
  part.answer();
  await done(subject);
  assert(holds(part, site.bytes));
});

test('unneeded mid-way: the request is given up, and nothing more is sent', async () => {
  const site = new FakeSite(body(20_000_000));
  const subject = courier(site);
  const { need, part } = needed();
  part.isSlow = true;
  subject.take(need);
  await clock.pass(10);
  const sent = part.chunks.length;
  subject.drop({ job: 'j1', file: 'f1' });
  part.answer();
  await done(subject);
  await settled();
  assert.equal(part.chunks.length, sent);
  assert.equal(site.closed, site.asked.length);
  assert.equal(held.length, 0);
});

test('needed once more while it is on its way: only the new one goes on, from where it says', async () => {
  const site = new FakeSite(body(3_000_000));
  const subject = courier(site);
  const first = needed();
  first.part.isSlow = true;
  subject.take(first.need);
  await clock.pass(10);
  const second = needed({ offset: 2_500_000 });
  subject.take(second.need);
  first.part.answer();
  await done(subject);
  assert(holds(second.part, site.bytes.subarray(2_500_000)));
  assert.equal(first.part.chunks.length, WINDOW);
});

test('three files: two at a time, the third after one of them', async () => {
  const site = new FakeSite(body(1_000_000));
  const subject = courier(site);
  const files = ['f1', 'f2', 'f3'].map((file) => needed({ file, url: `https://i.4cdn.org/wg/${file}.webm` }));
  for (const { part } of files) part.isSlow = true;
  for (const { need } of files) subject.take(need);
  await clock.pass(10);
  assert.deepEqual(files.map(({ part }) => part.chunks.length > 0), [true, true, false]);
  const waiting = files.reduce((sum, { part }) => sum + part.unanswered, 0);
  assert(waiting <= 2 * WINDOW * CHUNK);
  for (let turn = 0; subject.isBusy && turn < 100; turn += 1) {
    await settled();
    for (const { part } of files) part.answer();
  }
  for (const { part } of files) assert(holds(part, site.bytes));
});

test('one that waits and is no longer needed is never asked for', async () => {
  const site = new FakeSite(body(1_000));
  const subject = courier(site);
  const files = ['f1', 'f2', 'f3'].map((file) => needed({ file, url: `https://i.4cdn.org/wg/${file}.webm` }));
  for (const { part } of files) part.isSlow = true;
  for (const { need } of files) subject.take(need);
  subject.drop({ job: 'j1', file: 'f3' });
  for (let turn = 0; subject.isBusy && turn < 100; turn += 1) {
    await settled();
    for (const { part } of files) part.answer();
  }
  assert.equal(site.asked.length, 2);
});

test('without the permission nothing is asked of the site', async () => {
  isAllowed = false;
  const site = new FakeSite(body(1_000));
  const subject = courier(site);
  const { need, part } = needed({ offset: 7 });
  subject.take(need);
  await done(subject);
  assert.deepEqual(part.chunks, [{ job: 'j1', file: 'f1', offset: 7, data: '', end: true, error: 'permission' }]);
  assert.equal(site.asked.length, 0);
});

test('a permission that is taken back ends what is on its way, and says so', async () => {
  const site = new FakeSite(body(20_000_000));
  const subject = courier(site);
  const { need, part } = needed();
  part.isSlow = true;
  subject.take(need);
  await clock.pass(10);
  isAllowed = false;
  subject.permissionsChanged();
  part.answer();
  await done(subject);
  assert.equal(part.last.error, 'permission');
  assert.equal(part.chunks.filter(({ error }) => error).length, 1);
  assert.equal(site.closed, site.asked.length);
});

test('the host is lost: everything ends, nothing is said', async () => {
  const site = new FakeSite(body(20_000_000));
  const subject = courier(site);
  const files = ['f1', 'f2', 'f3'].map((file) => needed({ file, url: `https://i.4cdn.org/wg/${file}.webm` }));
  for (const { part } of files) part.isSlow = true;
  for (const { need } of files) subject.take(need);
  await clock.pass(10);
  subject.stop();
  await settled();
  assert(!subject.isBusy);
  assert.equal(site.closed, site.asked.length);
  assert.equal(site.asked.length, 2);
  for (const { part } of files) assert(part.chunks.every(({ error }) => !error));
});

test("while a file is on its way its request looks like the page's, and no longer", async () => {
  const site = new FakeSite(body(1_000));
  const subject = courier(site);
  const { need, part } = needed();
  part.isSlow = true;
  subject.take(need);
  await clock.pass(10);
  assert.deepEqual(held, [{ url: URL_, referer: 'https://boards.4chan.org/', isFile: true }]);
  part.answer();
  await done(subject);
  assert.deepEqual(held, []);
});

test('refused in the background, an open page of the site asks, for the rest of the file', async () => {
  const site = new FakeSite(body(STRETCH_BYTES + 1_000));
  const page = new FakeSite(site.bytes);
  site.refuse = () => 403;
  /** @type {string[]} */
  const origins = [];
  askPage = (origin, wish, signal) => {
    origins.push(origin);
    return page.ask(wish, signal);
  };
  const subject = courier(site);
  const { need, part } = needed();
  subject.take(need);
  await done(subject);
  assert(holds(part, site.bytes));
  assert.deepEqual([site.asked.length, page.asked.length], [1, 2]);
  assert.deepEqual([...new Set(origins)], ['https://boards.4chan.org']);
});

test('a page that may not read the files, or is refused as well, is not asked a second time', async () => {
  const refused = new FakeSite(body(10));
  refused.refuse = () => 403;
  const pages = [() => Promise.reject(new TypeError('CORS')), refused.ask];
  for (const page of pages) {
    let count = 0;
    askPage = (_origin, wish, signal) => {
      count += 1;
      return page(wish, signal);
    };
    const subject = courier(refused);
    for (const file of ['f1', 'f2', 'f3']) {
      const { need, part } = needed({ file });
      subject.take(need);
      await done(subject);
      assert.deepEqual([part.last.error, part.last.status], ['status', 403]);
    }
    assert.equal(count, 1);
  }
});

test('the tab is closed mid-file: the host hears where it broke off', async () => {
  const site = new FakeSite(body(3_000_000));
  const page = new FakeSite(site.bytes);
  page.breaks = [1_000_000];
  site.refuse = () => 429;
  let isOpen = true;
  askPage = async (_origin, wish, signal) => (isOpen ? page.ask(wish, signal) : null);
  const subject = courier(site);
  const { need, part } = needed();
  part.object = () => {
    isOpen = false;
    return null;
  };
  subject.take(need);
  await clock.pass(60 * REST_MS);
  await done(subject);
  assert(!part.isEnded);
  assert.deepEqual([part.last.error, part.last.offset], ['network', part.next]);
});
