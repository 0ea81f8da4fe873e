import assert from 'node:assert/strict';
import { test } from 'node:test';
import './support/browser.js';
import { THREAD_URL, boardJob, endedJob, job, snapshot } from './support/samples.js';
import { fetchOffer, lacksThreads, momentOf, refusingHost } from '../../extension/popup/offer-view.js';
import { BLANK, afterMessage } from '../../extension/popup/state.js';
import { popupView } from '../../extension/popup/view.js';
import { createFormat } from '../../extension/shared/format.js';
import { t, tn } from '../../extension/shared/i18n.js';

const FILES = '*://i.4cdn.org/*';
const PAGES = '*://a.4cdn.org/*';
const refusal = { code: 'http.refused', message: 'Only to browsers.', hint: '', host: 'a.4cdn.org' };

/**
 * @param {Partial<Parameters<typeof fetchOffer>[0]>} known
 * @param {Partial<Parameters<typeof fetchOffer>[1]>} [facts]
 */
const offer = (known, facts) =>
  fetchOffer({ jobs: [], inspectError: null, ...known }, { allowed: [], refused: new Map(), ...facts }, t);

test('a page that is shown only to browsers: the host that refuses it is offered, without a job', () => {
  const { jobs, hosts, sentence } = offer({ inspectError: refusal }) ?? {};
  assert.deepEqual([jobs, hosts], [[], [PAGES]]);
  assert.match(String(sentence), /^a\.4cdn\.org refuses its pages/);
});

test('a job that could not begin, or whose thread cannot be read again, is offered the same', () => {
  for (const state of /** @type {const} */ (['failed', 'running'])) {
    const { jobs, hosts } = offer({ jobs: [job({ state, error: refusal })] }) ?? {};
    assert.deepEqual([jobs, hosts], [['j1'], [PAGES]]);
  }
  assert.equal(offer({ jobs: [job({ state: 'cancelled', error: refusal })] }), null);
});

test('what failed for another reason is not offered anything', () => {
  const { host: _host, ...nameless } = refusal;
  for (const error of [nameless, { ...refusal, code: 'http.status' }, { ...refusal, code: 'thread.gone' }]) {
    assert.equal(offer({ inspectError: error, jobs: [endedJob({ state: 'failed', error })] }), null);
  }
  assert.equal(offer({ inspectError: refusal }, { allowed: [PAGES] }), null);
  assert.equal(offer({ inspectError: refusal }, { allowed: null }), null);
});

test('a board whose threads were not shown: they are looked up, and the board goes on', () => {
  const board = boardJob({ state: 'incomplete', finished: 1_700_000_100 });
  assert(lacksThreads(board) && !lacksThreads(boardJob()) && !lacksThreads(endedJob({ state: 'incomplete' })));
  const { jobs, hosts } = offer({ jobs: [board] }, { refused: new Map([[board.id, { files: [], pages: [PAGES], moment: '' }]]) }) ?? {};
  assert.deepEqual([jobs, hosts], [[board.id], [PAGES]]);
});

test('one question at a time, and pages first: without them there are no files', () => {
  const lacking = endedJob({ id: 'j2', state: 'incomplete', files: { blocked: 2 } });
  const known = { jobs: [lacking, endedJob({ state: 'failed', error: refusal })] };
  const refused = new Map([['j2', { files: [FILES], pages: [], moment: '' }]]);
  assert.deepEqual(offer(known, { refused })?.hosts, [PAGES]);
  const { jobs, hosts, sentence } = offer(known, { refused, allowed: [PAGES] }) ?? {};
  assert.deepEqual([jobs, hosts], [['j2'], [FILES]]);
  assert.match(String(sentence), /^i\.4cdn\.org refuses some files/);
});

test('the port of a host is no matter of a permission', () => {
  assert.deepEqual(refusingHost({ ...refusal, host: '127.0.0.1:8080' }), ['*://127.0.0.1/*']);
  assert.deepEqual(refusingHost({ ...refusal, host: 'not a host' }), []);
  assert.deepEqual(refusingHost(null), []);
});

test('a host that only asks for a rest is no refusal: nothing is offered, for a browser has to rest as well', () => {
  const waiting = job({ state: 'running', cooldown: { host: 'i.4cdn.org', until: 2_000_000_000, refusing: false, trying: false } });
  assert.equal(offer({ jobs: [waiting] }), null);
  const refused = job({ state: 'running', cooldown: { host: 'i.4cdn.org', until: 2_000_000_000, refusing: true, trying: false } });
  assert.deepEqual(offer({ jobs: [refused] })?.hosts, [FILES]);
});

/** @param {string} id @returns {import('../../extension/shared/types.js').JobFile} */
const blocked = (id) => ({ id, post: 1, name: `${id}.webm`, url: `https://i.4cdn.org/wg/${id}.webm`, state: 'blocked', reason: 'http.403', size: 9, done: 0 });
/** The popup on the page of an incomplete job, two of whose files were refused. */
const lacking = endedJob({ state: 'incomplete', files: { done: 151, saved: 149, blocked: 2 } });
const missing = { end: `${lacking.id} ${lacking.finished}`, files: [blocked('1'), blocked('2')] };
/** @param {Partial<import('../../extension/popup/state.js').PopupState>} change @param {import('../../extension/shared/types.js').Job[]} [others] */
function show(change, others = []) {
  const state = { ...afterMessage({ ...BLANK, url: THREAD_URL }, snapshot({ jobs: [...others, lacking] })), missing, ...change };
  return /** @type {any} */ (popupView(state, { t, tn, format: createFormat('en') }, { now_ms: 1_700_000_400_000, extensionId: '' }));
}
const moment = momentOf(lacking);
const found = { allowed: [], refused: new Map([[lacking.id, { files: [FILES], pages: [], moment }]]) };

test('on its own page the offer is the large button, and "try again" the second; it is said once', () => {
  const { card, offer: below } = show({ fetch: found });
  assert.deepEqual(card.primary, { label: 'Let the browser fetch them', action: 'fetch', enabled: true });
  assert.deepEqual(card.secondary, { label: 'Try again', action: 'retry', enabled: true });
  assert.deepEqual(card.reasons, ['2 files: i.4cdn.org refuses them to programs; your browser may be given them.']);
  assert.deepEqual([below, card.isUndecided], [null, false]);
});

test('where the browser cannot help, it is not spoken of', () => {
  const { card, offer: below } = show({ fetch: { ...found, allowed: [FILES] } });
  assert.deepEqual([card.primary.label, card.secondary, below], ['Try 2 files again', null, null]);
  assert.deepEqual(card.reasons, ['2 files: the site refuses programs. Try again later.']);
});

test('until it is known which button it will be there is none to press', () => {
  const pending = [
    { fetch: BLANK.fetch },
    { fetch: { ...found, allowed: null } },
    { fetch: { ...found, refused: new Map() } },
    { fetch: { ...found, refused: new Map([[lacking.id, { files: [FILES], pages: [], moment: 'an earlier end' }]]) } },
    { fetch: found, missing: null },
    { fetch: found, missing: { ...missing, files: null } },
  ];
  for (const change of pending) assert(show(change).card.isUndecided, JSON.stringify(change));
  // What could not be looked up is decided as well
  const { card } = show({ fetch: { allowed: [], refused: new Map([[lacking.id, { files: [], pages: [], moment }]]) }, missing: { ...missing, files: [] } });
  assert.deepEqual([card.isUndecided, card.primary.action], [false, 'retry']);
  assert.deepEqual(card.reasons, ['2 files: the site refuses programs. Try again later.']);
});

test("the page's own offer comes before those of other jobs, which stand below the card", () => {
  const other = endedJob({ id: 'j9', url: 'https://boards.4chan.org/wg/thread/9', thread: 9, state: 'failed', files: { total: 0 }, error: refusal });
  assert.equal(show({ fetch: found }, [other]).card.primary.action, 'fetch');
  const { card, offer: below } = show({ fetch: { ...found, allowed: [FILES] } }, [other]);
  assert.deepEqual([card.primary.action, below.hosts, below.isOfPage], ['retry', [PAGES], false]);
});

test('a page that is not shown to programs: the offer takes the place of the trouble', () => {
  const at = { url: 'https://boards.4chan.org/wg/thread/5', inspectError: refusal };
  assert.deepEqual([show(at).card.isUndecided, show(at).card.primary.action], [true, 'inspect']);
  const { card, offer: below } = show({ ...at, fetch: { allowed: [], refused: new Map() } });
  assert.deepEqual([card.kind, card.isUndecided, card.hint, below], ['trouble', false, '', null]);
  assert.match(card.sentence, /^a\.4cdn\.org refuses its pages/);
  assert.deepEqual([card.primary.action, card.secondary.label], ['fetch', 'Check again']);
});

test('a job that runs has its own buttons: what its host refuses is offered below', () => {
  const running = job({ files: { done: 10, saved: 8, blocked: 2 } });
  const state = afterMessage({ ...BLANK, url: THREAD_URL }, snapshot({ jobs: [running] }));
  const fetch = { allowed: [], refused: new Map([[running.id, { files: [FILES], pages: [], moment: '' }]]) };
  const view = /** @type {any} */ (popupView({ ...state, fetch }, { t, tn, format: createFormat('en') }, { now_ms: 0, extensionId: '' }));
  assert.deepEqual([view.card.primary, view.card.isUndecided, view.offer.hosts], [null, false, [FILES]]);
});
