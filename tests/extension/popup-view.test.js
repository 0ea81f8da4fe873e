import assert from 'node:assert/strict';
import { test } from 'node:test';
import './support/browser.js';
import { BOARD_URL, boardJob, childJob, endedJob, inspection, job, listing, snapshot, THREAD_URL } from './support/samples.js';
import { newFiles } from '../../extension/popup/card-buttons.js';
import { mayInspect } from '../../extension/popup/card-view.js';
import { unfolded, withPage } from '../../extension/popup/expansion.js';
import { jobView } from '../../extension/popup/job-view.js';
import { BLANK, afterMessage } from '../../extension/popup/state.js';
import { popupView } from '../../extension/popup/view.js';
import { createFormat } from '../../extension/shared/format.js';
import { t, tn } from '../../extension/shared/i18n.js';

/** @typedef {import('../../extension/popup/state.js').PopupState} PopupState */

const words = { t, tn, format: createFormat('en') };
const now_ms = 1_700_000_400_000;
const around = { now_ms, extensionId: 'mocfnechjilffboahmjcekofoogdcljj' };

/**
 * @param {Partial<PopupState>} change
 * @param {Partial<import('../../extension/shared/types.js').Snapshot>} [said]
 * @returns {PopupState}
 */
const state = (change, said) => ({ ...afterMessage({ ...BLANK, url: THREAD_URL }, snapshot(said)), ...change });

/** @param {PopupState} given @returns {any} */
const show = (given) => popupView(given, words, around);

/** @param {PopupState} given @returns {any} */
const card = (given) => show(given).card;

/** @param {Parameters<typeof job>[0]} change */
const row = (change) => jobView(job(change), words, now_ms);

test('loading: until the background has answered, and while the thread is looked at', () => {
  assert.deepEqual(show(BLANK), { screen: 'loading' });
  assert.deepEqual(card(state({})), { kind: 'loading' });
  assert.deepEqual(card(state({ inspecting: true })), { kind: 'loading' });
});

test('a thread of which nothing is here', () => {
  assert.deepEqual(card(state({ inspection: inspection() })), {
    kind: 'thread',
    isListing: false,
    place: '4chan · /wg/ · No. 7000001',
    title: 'Harbours at night',
    fraction: 0,
    counts: '151 files: 142 images, 9 videos',
    aside: '312 MB',
    have: 'Nothing saved yet',
    primary: { label: 'Download 151 files', action: 'start', enabled: true },
    secondary: null,
    options: {
      isOpen: false,
      filter: '',
      error: '',
      result: '',
      isBusy: false,
      mayWatch: true,
      watch: false,
      priority: 'normal',
      directory: '4chan/wg/7000001 Harbours at night',
      names: ['1700000000000001 pier.jpg', '1700000000000002 lamp.webm'],
      more: 'and 149 more',
    },
  });
});

test('a thread that is partly here', () => {
  const view = card(state({ inspection: inspection({ have: 114 }) }));
  assert.equal(view.have, '114 saved, 37 new');
  assert.deepEqual(view.primary, { label: 'Download 37 new files', action: 'start', enabled: true });
  assert.equal(view.fraction, 114 / 151);
});

test('a thread that is all here: nothing to press but "check again"', () => {
  const given = state({ inspection: inspection({ have: 151 }) });
  assert.deepEqual(card(given).primary, { label: 'You have all 151 files', action: 'start', enabled: false });
  assert.deepEqual(card(given).secondary, { label: 'Check again', action: 'inspect', enabled: true });
  assert.deepEqual(card({ ...given, inspecting: true }).secondary, { label: 'Checking…', action: 'inspect', enabled: false });
});

test('one file is called one file', () => {
  const view = card(state({ inspection: inspection({ total: 1, images: 1, videos: 0, bytes: 0 }) }));
  assert.deepEqual([view.counts, view.aside, view.primary.label], ['1 file: 1 image', '', 'Download 1 file']);
});

test('the page of a file is that file', () => {
  const url = 'https://i.4cdn.org/g/1700000000000001.jpg';
  const one = { total: 1, images: 1, videos: 0, bytes: 0 };
  const file = inspection(one, { kind: 'file', board: 'g', thread: null, title: '', preview: null });
  const view = card(state({ url, inspection: file }));
  assert.deepEqual([view.title, view.counts, view.primary.label, view.options], ['1700000000000001.jpg', '1 file: 1 image', 'Download 1 file', null]);
  const done = endedJob({ url, kind: 'file', thread: null, title: '', files: { total: 1, done: 1, saved: 1 } });
  const after = card(state({ url, inspection: { ...file, files: { ...file.files, have: 1 } } }, { jobs: [done] }));
  assert.deepEqual([after.primary.label, after.primary.enabled, after.options], ['You have the file', false, null]);
});

test('a thread without files', () => {
  const view = card(state({ inspection: inspection({ total: 0, images: 0, videos: 0, bytes: 0 }) }));
  assert.deepEqual(view.primary, { label: 'No files in this thread', action: 'start', enabled: false });
  assert.deepEqual([view.counts, view.have, view.fraction], ['0 files', '', 0]);
});

test('files that were deleted on the site are not promised', () => {
  const view = card(state({ inspection: inspection({ total: 151, images: 140, videos: 9 }) }));
  assert.equal(view.counts, '151 files: 140 images, 9 videos, 2 deleted');
  assert.equal(view.primary.label, 'Download 149 files');
});

test('files that the choices leave out are not promised', () => {
  const view = card(state({ inspection: inspection({ filtered: 142 }) }));
  assert.equal(view.primary.label, 'Download 9 files');
  const none = card(state({ inspection: inspection({ filtered: 151 }) }));
  assert.deepEqual(none.primary, { label: 'No file matches', action: 'start', enabled: false });
});

test('the button while the job is being started', () => {
  const view = card(state({ inspection: inspection(), starting: true }));
  assert.deepEqual(view.primary, { label: 'Starting…', action: 'start', enabled: false });
});

test('a thread without a title is called by its number', () => {
  assert.equal(card(state({ inspection: inspection({}, { title: '' }) })).title, '/wg/ 7000001');
});

const form = (/** @type {Partial<import('../../extension/popup/state.js').FormState>} */ change) => ({ ...BLANK.form, ...change });

test('pages that are no thread: what to do instead, and a field', () => {
  const other = 'Nothing to save on this page. Open a thread or a catalog and click again, or paste addresses here.';
  for (const url of [null, 'about:blank', 'https://example.org/']) {
    const { kind, sentence, error, mayClose, mayTakeTabs } = card(state({ url }));
    assert.deepEqual([kind, sentence, error, mayClose, mayTakeTabs], ['form', other, '', false, true], String(url));
  }
  const inspectError = { code: 'url.unsupported', message: 'Not a thread.', hint: '' };
  assert.equal(card(state({ inspectError })).sentence, other);
});

test('the field can be opened on the page of a thread, and closed again', () => {
  const view = card(state({ inspection: inspection(), form: form({ isOpen: true }) }));
  assert.deepEqual([view.kind, view.mayClose], ['form', true]);
});

test('the field says what was wrong with an address', () => {
  const error = { code: 'url.unsupported', message: 'Not a thread.', hint: 'Open a thread.' };
  assert.equal(card(state({ url: null, form: form({ error }) })).error, 'Not a thread. Open a thread.');
  assert.match(card(state({ url: null, form: form({ error: { ...error, code: 'tabs.none' } }) })).error, /No tab/);
});

test('a thread that could not be looked at: why, and another try', () => {
  const inspectError = { code: 'http.unreachable', message: 'a.4cdn.org does not answer.', hint: 'Check the connection.' };
  assert.deepEqual(card(state({ inspectError })), {
    kind: 'trouble',
    offer: null,
    isUndecided: false,
    sentence: 'a.4cdn.org does not answer.',
    hint: 'Check the connection.',
    primary: { label: 'Check again', action: 'inspect', enabled: true },
    secondary: null,
  });
});

test('failures of the extension itself are told in words, not in codes', () => {
  const inspectError = { code: 'request.timeout', message: 'No answer to page.inspect within 90 s.', hint: '' };
  assert.equal(card(state({ inspectError })).sentence, "Threadreel's program did not answer in time. Try again.");
});

test('the host is asked about pages of known sites only, and about every web page while it has named none', () => {
  assert(mayInspect(state({})));
  assert(!mayInspect(state({ url: 'https://bank.example/account' })));
  assert(mayInspect(state({ url: 'https://bank.example/' }, { sites: [] })));
  assert(!mayInspect(state({ url: 'about:config' }, { sites: [] })));
});

test("the page's job is the card, all others are the list", () => {
  const other = endedJob({ id: 'j2', url: 'https://boards.4chan.org/wg/thread/8', thread: 8 });
  const view = show(state({ inspection: inspection() }, { jobs: [job(), other] }));
  assert.deepEqual([view.card.kind, view.card.job.id], ['job', 'j1']);
  assert.deepEqual(view.jobs.map((/** @type {any} */ { id }) => id), ['j2']);
  assert.deepEqual([view.isQuiet, show(state({})).isQuiet], [false, true]);
});

test('of jobs that have ended only the last are shown beside those at work: the others are in the history', () => {
  const at = (/** @type {number} */ number) => ({ id: `e${number}`, url: `https://x.org/${number}`, thread: number, finished: number });
  const jobs = [job({ id: 'w1', url: 'https://x.org/w', thread: 99 }), ...[1, 2, 3, 4, 5, 6, 7].map((number) => endedJob(at(number)))];
  const view = show(state({ inspection: inspection() }, { jobs }));
  assert.deepEqual(view.jobs.map((/** @type {any} */ { id }) => id), ['w1', 'e7', 'e6', 'e5', 'e4', 'e3']);
});

test('the list is a queue: what is at work, then what waits, in the order in which it came, then what has ended', () => {
  const at = (/** @type {string} */ id, /** @type {number} */ created, change = {}) => job({ id, url: `https://x.org/${id}`, thread: created, created, ...change });
  const ended = endedJob({ id: 'ended', url: 'https://x.org/0', thread: 1, created: 50 });
  const jobs = [at('last', 40, { state: 'queued' }), ended, at('second', 20, { state: 'queued' }), at('twin', 20, { state: 'queued' }), at('first', 10)];
  const view = show(state({ inspection: inspection() }, { jobs }));
  assert.deepEqual(view.jobs.map((/** @type {any} */ { id }) => id), ['first', 'twin', 'second', 'last', 'ended']);
});

test('a job at work: the card has pause, cancel, the folder and the menu, and no large button', () => {
  const view = card(state({}, { jobs: [job()] }));
  assert.deepEqual([view.primary, view.secondary, view.job.actions], [null, null, ['pause', 'cancel', 'reveal', 'more']]);
});

test('the outcome, all of it here', () => {
  const done = endedJob({ files: { done: 151, saved: 148, gone: 3 }, bytes: { total: 312_400_000, done: 312_400_000 } });
  const view = card(state({}, { jobs: [done] }));
  assert.equal(view.job.stateWord, 'Done');
  assert.equal(view.job.counts, '148 files · 312 MB · 3 gone');
  assert.equal(view.job.fraction, 1);
  assert.deepEqual(view.primary, { label: 'You have all 148 files', action: 'start', enabled: false });
  assert.deepEqual(view.secondary, { label: 'Check again', action: 'inspect', enabled: true });
});

test('files known to be gone are not new', () => {
  const done = endedJob({ files: { total: 151, saved: 148, gone: 3 } });
  assert.equal(newFiles(state({ inspection: inspection({ have: 148 }) }), done), 0);
  assert.equal(newFiles(state({ inspection: inspection({ total: 160, images: 151, have: 148 }) }), done), 9);
});

test('the thread has grown since the job ended', () => {
  const done = endedJob({ files: { done: 151, saved: 151 } });
  const view = card(state({ inspection: inspection({ total: 158, images: 149, have: 151 }) }, { jobs: [done] }));
  assert.deepEqual(view.primary, { label: 'Download 7 new files', action: 'start', enabled: true });
  assert.equal(view.job.note, '7 new of 158 files');
  assert.deepEqual(view.parts.map((/** @type {any} */ { state: each, count }) => [each, count]).at(-1), ['queued', 7]);
});

test('the outcome, incomplete: the reasons in words, and one button for what is missing', () => {
  const files = { done: 151, saved: 141, gone: 3, blocked: 5, failed: 2 };
  const view = card(state({ inspection: inspection({ have: 141 }) }, { jobs: [endedJob({ state: 'incomplete', files })] }));
  assert.equal(view.job.counts, '141 of 148 files · 3 gone');
  assert.equal(view.job.note, 'The site refused 5 files to programs. 2 files could not be fetched.');
  assert.deepEqual(view.primary, { label: 'Try 7 files again', action: 'retry', enabled: true });
  assert.equal(view.job.fraction, 141 / 148);
  assert.deepEqual(view.job.actions, ['reveal']);
});

test('an incomplete job of a thread that has grown: the download takes in both', () => {
  const files = { done: 151, saved: 141, gone: 3, blocked: 7 };
  const grown = inspection({ total: 155, images: 146, have: 141 });
  const view = card(state({ inspection: grown }, { jobs: [endedJob({ state: 'incomplete', files })] }));
  assert.deepEqual(view.primary, { label: 'Download 11 new files', action: 'start', enabled: true });
});

test('a thread that could not be read', () => {
  const error = { code: 'thread.gone', message: 'The thread is gone.', hint: 'Look in an archive.' };
  const view = card(state({}, { jobs: [endedJob({ state: 'failed', files: { total: 0 }, error })] }));
  assert.deepEqual([view.job.stateWord, view.job.note, view.job.tone], ['Failed', 'The thread is gone. Look in an archive.', 'bad']);
  assert.deepEqual(view.primary, { label: 'Try again', action: 'retry', enabled: true });
});

test('a cancelled job can be taken up', () => {
  const view = card(state({}, { jobs: [endedJob({ state: 'cancelled', files: { done: 151, saved: 84, cancelled: 67 } })] }));
  assert.deepEqual(view.primary, { label: 'Try 67 files again', action: 'retry', enabled: true });
});

test('a row at work', () => {
  const view = row({ files: { done: 84, saved: 81, gone: 3 }, speed: 3_140_000, eta: 8, current: ['b.webm', 'c.webm'] });
  assert.equal(view.counts, '81 of 148 files · 3 gone');
  assert.equal(view.aside, '10 MB of 40 MB');
  assert.equal(view.pace, '3.1 MB/s · 8 sec left');
  assert.deepEqual(view.current, ['b.webm', 'c.webm']);
  assert.equal(view.fraction, 0.25);
  assert.deepEqual(view.actions, ['pause', 'cancel', 'reveal', 'more']);
});

test('a row whose files are still being found says so', () => {
  assert.equal(row({ state: 'scanning', files: { total: 0 } }).counts, 'Reading the list of files…');
  assert.equal(row({ state: 'scanning', files: { total: 0 } }).fraction, null);
  assert.equal(row({ state: 'scanning', files: { total: 12, done: 3, have: 3 } }).counts, '3 of 12 files, still growing');
  assert.equal(row({ state: 'queued', files: { total: 0 } }).counts, 'Waiting for its turn');
});

test('at work and at the end the same is counted: what is here of what there is, and beside it what became of the rest', () => {
  const files = { total: 40, saved: 10, have: 8, duplicate: 2, differs: 1, deleted: 1, filtered: 2 };
  assert.equal(row({ files: { ...files, done: 24 } }).counts, '21 of 37 files · 1 deleted · 2 left out');
  const refused = { ...files, saved: 24, blocked: 2 };
  assert.equal(row({ files: { ...refused, done: 40 } }).counts, '35 of 37 files · 1 deleted · 2 left out · 2 refused');
  assert.equal(jobView(endedJob({ state: 'incomplete', files: { ...refused, done: 40 } }), words, now_ms).counts, '35 of 37 files · 1 deleted · 2 left out');
  const done = card(state({}, { jobs: [endedJob({ files: { ...files, saved: 26, done: 40 }, bytes: { total: 0, done: 0 } })] }));
  // One number in both
  assert.deepEqual([done.job.counts, done.primary.label], ['37 files · 1 deleted · 2 left out', 'You have all 37 files']);
});

test('a job in the list and the one of the page say how many files came through the browser, with the rest of the outcome', () => {
  const files = { total: 24, done: 24, saved: 24, through_browser: 2 };
  assert.equal(jobView(endedJob({ files }), words, now_ms).counts, '24 files · 10 MB · 2 through the browser');
  assert.equal(row({ files }).counts, '24 of 24 files');
});

test('a paused row promises no time', () => {
  const view = row({ state: 'paused', speed: 3_140_000, eta: 8, current: ['b.webm'] });
  assert.deepEqual([view.pace, view.current, view.actions], ['', [], ['resume', 'cancel', 'reveal', 'more']]);
});

test('an ended row says when', () => {
  const view = jobView(endedJob(), words, now_ms);
  assert.deepEqual([view.aside, view.actions], ['5 min. ago', ['reveal', 'remove']]);
});

test('a job without a folder has none to open', () => {
  assert.deepEqual(jobView(endedJob({ directory: '' }), words, now_ms).actions, ['remove']);
});

test('the bar is not full before the last file is done, though all bytes are', () => {
  assert.equal(row({ files: { done: 150 }, bytes: { total: 100, done: 100 } }).fraction, 0.99);
  assert.equal(row({ files: { done: 84 }, bytes: { total: 0, done: 0 } }).fraction, 84 / 151);
});

test('a picture alone is called by its name', () => {
  const view = row({ title: '', thread: null, kind: 'file', url: 'https://i.4cdn.org/g/1700000000000001.jpg' });
  assert.equal(view.title, '1700000000000001.jpg');
});

test('the notice: the host is being started again', () => {
  const host = /** @type {const} */ ({ phase: 'waiting', version: '0.1.0', reason: null, retry_s: 4 });
  const stopped = state({ inspection: inspection() }, { host });
  assert.match(show(stopped).notice, /started again/);
  const opening = afterMessage(stopped, { type: 'host.status', host: { ...host, phase: 'opening', retry_s: null } });
  assert.match(show(opening).notice, /started again/, 'it must not flicker');
});

test('the notice: the host had stopped, and is back; told once, and after what went wrong', () => {
  const host = /** @type {const} */ ({ phase: 'open', version: '0.1.0', reason: null, retry_s: null });
  const phases = /** @type {const} */ (['waiting', 'opening', 'open']);
  const back = phases.reduce((given, phase) => afterMessage(given, { type: 'host.status', host: { ...host, phase } }), state({ inspection: inspection() }));
  assert.match(show(back).notice, /had stopped. It is running again; nothing was lost/);
  assert.match(show(afterMessage(back, snapshot())).notice, /nothing was lost/, 'what it says then changes nothing');
  assert.equal(show({ ...back, notice: 'No room.' }).notice, 'No room.');
  assert.equal(show({ ...back, isHostBack: false }).notice, '');
  const started = afterMessage(state({}), { type: 'host.status', host: { ...host, phase: 'opening' } });
  assert.equal(show(afterMessage(started, { type: 'host.status', host })).notice, '');
});

test('the log leaves out what only programmers want', () => {
  const log = /** @type {any} */ (['debug', 'info', 'error'].map((level) => ({ at: 1, level, text: level, job: null, dropped: 0 })));
  assert.deepEqual(show(state({ inspection: inspection() }, { log })).log.map((/** @type {any} */ { level }) => level), ['info', 'error']);
});

/**
 * @param {import('../../extension/shared/types.js').ReasonCode} code
 * @param {number|null} [protocol]
 */
function hostScreen(code, protocol = null) {
  const reason = { code, text: 'words of the browser', protocol };
  return show(state({}, { host: { phase: 'failed', version: null, retry_s: null, reason } }));
}

test('the host is not there: each reason has its own repair', () => {
  /** @type {[import('../../extension/shared/types.js').ReasonCode, string][]} */
  const table = [
    ['host_missing', 'threadreel install'],
    ['host_forbidden', 'threadreel install --extension-id mocfnechjilffboahmjcekofoogdcljj'],
    ['host_exited', 'threadreel doctor'],
    ['host_broken', 'threadreel doctor'],
    ['unknown', 'threadreel doctor'],
  ];
  for (const [code, command] of table) {
    const { screen, host } = hostScreen(code);
    assert.deepEqual([screen, host.code, host.command], ['host', code, command]);
    for (const text of [host.heading, host.sentence, host.advice]) assert.match(text, / /, code);
    assert.match(host.detail, /words of the browser/);
  }
  assert.equal(hostScreen('host_missing').host.before, 'pip install threadreel');
});

test('versions that do not fit: both are told, and which one to upgrade', () => {
  const old = hostScreen('protocol_unsupported', 0).host;
  assert.equal(old.sentence, 'This extension speaks protocol 1, the program on this computer protocol 0.');
  assert.equal(old.command, 'pip install --upgrade threadreel');
  const newer = hostScreen('protocol_unsupported', 2).host;
  assert.match(newer.sentence, /protocol 1, .* protocol 2/);
  assert.equal(newer.command, '');
  assert.match(newer.advice, /extension is too old/);
});

test('while the host is tried again, the page stays and says so', () => {
  const reason = /** @type {const} */ ({ code: 'host_missing', text: '', protocol: null });
  const failed = state({}, { host: { phase: 'failed', version: null, retry_s: null, reason } });
  assert.equal(show(failed).trying, false);
  const opening = afterMessage(failed, { type: 'host.status', host: { phase: 'opening', version: null, retry_s: null, reason: null } });
  assert.deepEqual([show(opening).screen, show(opening).trying], ['host', true]);
});

test('a page that lists threads: how many, and one button for all', () => {
  const view = card(state({ url: BOARD_URL, inspection: listing() }));
  assert.deepEqual([view.isListing, view.place, view.title], [true, '4chan · /po/', '/po/']);
  assert.deepEqual([view.counts, view.have], ['150 threads on /po/ (catalog)', 'Each in its own folder, the oldest first']);
  assert.deepEqual(view.primary, { label: 'Save all threads', action: 'start', enabled: true });
  assert.equal(card(state({ inspection: listing({ kind: 'archive', threads: 3_000 }) })).counts, '3,000 threads on /po/ (archive)');
  assert.equal(card(state({ inspection: listing({ kind: 'board', threads: 1 }) })).counts, '1 thread on /po/ (board)');
});

test('a page that lists no threads', () => {
  const view = card(state({ inspection: listing({ threads: 0 }) }));
  assert.deepEqual(view.primary, { label: 'No threads here', action: 'start', enabled: false });
  assert.deepEqual([view.secondary.label, view.options], ['Check again', null]);
});

test("a board's job is one row, in threads and files", () => {
  const board = boardJob({ threads: { total: 150, done: 12 }, files: { total: 1_900, done: 340, saved: 337, gone: 3 }, bytes: { total: 9e9, done: 7e8 }, speed: 3_140_000, eta: 90 });
  const view = jobView(board, words, now_ms);
  assert.equal(view.counts, '12 of 150 threads · 337 of 1,897 files');
  assert.deepEqual([view.note, view.pace, view.aside, view.current], ['3.1 MB/s · 700 MB', '', '', []]);
  assert.deepEqual([view.unfolding, view.mayBeWatched], [{ what: 'threads', label: 'Threads' }, false]);
  assert.equal(view.fraction, (12 + 340 / 1_900) / 150);
});

test("a board's job before its first thread is read, and at its end", () => {
  assert.equal(jobView(boardJob({ files: { total: 0 }, threads: { total: 150, done: 0 } }), words, now_ms).counts, '150 threads');
  assert.equal(jobView(boardJob({ state: 'scanning', files: { total: 0 }, children: [], threads: { total: 0, done: 0 } }), words, now_ms).counts, 'Reading the list of threads…');
  const files = { total: 1_900, done: 1_900, saved: 1_897, gone: 3 };
  const done = jobView(boardJob({ state: 'completed', finished: 1_700_000_100, threads: { total: 150, done: 150 }, files }), words, now_ms);
  assert.deepEqual([done.counts, done.fraction], ['150 threads · 1,897 files · 10 MB · 3 gone', 1]);
});

test("the outcome of a board's page: look again, or what is missing", () => {
  const ended = { finished: 1_700_000_100, threads: { total: 3, done: 3 } };
  const done = card(state({ url: BOARD_URL }, { jobs: [boardJob({ ...ended, state: 'completed' })] }));
  assert.deepEqual(done.primary, { label: 'Check all threads again', action: 'start', enabled: true });
  const files = { total: 20, done: 20, saved: 18, failed: 2 };
  const short = card(state({ url: BOARD_URL }, { jobs: [boardJob({ ...ended, state: 'incomplete', files })] }));
  assert.deepEqual(short.primary, { label: 'Try 2 files again', action: 'retry', enabled: true });
});

test('one job is unfolded: its threads in order, those not known yet as such', () => {
  const expansion = withPage(unfolded('b1', 'threads'), { jobs: [childJob({ id: 'c2' })], cursor: 'more' });
  const { unfolded: shown } = show(state({ expansion }, { jobs: [boardJob()] }));
  assert.deepEqual([shown.job, shown.threads.ids], ['b1', ['c1', 'c2', 'c3']]);
  assert.equal(shown.threads.view('c1'), null);
  assert.deepEqual([shown.threads.view('c2').title, shown.threads.view('c2').priority], ['Folding', 'low']);
  assert.equal(show(state({ expansion })).unfolded, null);
});

const watched = job({ watching: true, watch: { next: now_ms / 1000 + 39.2, new: 3 }, files: { done: 151, saved: 151 } });

test('a watched thread that has all there is says when it looks again, and what it has brought', () => {
  const view = jobView(watched, words, now_ms);
  assert.deepEqual([view.stateWord, view.note, view.isCounting], ['Watching', 'Next look in 40 sec', true]);
  assert.deepEqual([view.unfolding, view.mayBeWatched, view.isWatched], [{ what: 'new', label: '3 new' }, true, true]);
  const later = jobView(watched, words, now_ms + 39_200);
  assert.deepEqual([later.note, later.stateWord], ['Looking for new files…', 'Watching']);
  assert.equal(jobView({ ...watched, watch: { next: null, new: 0 } }, words, now_ms).unfolding, null);
});

test('a watched thread at work looks like any other', () => {
  const view = row({ watching: true, watch: { next: null, new: 3 }, files: { done: 148 }, speed: 1_000_000, current: ['a.jpg'] });
  assert.deepEqual([view.stateWord, view.note, view.pace, view.isCounting], ['Downloading', '', '1 MB/s', false]);
});

test('the new files of a watched thread, newest first', () => {
  const file = (/** @type {number} */ post) => ({ id: `f${post}`, post, name: 'a.jpg', url: 'https://x.org/a.jpg', state: /** @type {const} */ ('saved'), reason: 'new', size: 1, done: 1 });
  const expansion = withPage(unfolded('j1', 'new'), { files: [file(7), file(9)], cursor: null });
  const { files } = show(state({ expansion }, { jobs: [watched] })).unfolded;
  assert.deepEqual(files.files.map((/** @type {any} */ { post }) => post), [9, 7]);
});

test('a host that asks for a rest is named, and the time is counted down until it is over', () => {
  const cooldown = { host: 'i.4cdn.org', until: now_ms / 1000 + 42.5, refusing: false, trying: false };
  const view = row({ cooldown, files: { done: 18 }, speed: 9, eta: 3 });
  assert.deepEqual([view.stateWord, view.tone, view.note, view.pace, view.isCounting], ['Resting', 'quiet', 'i.4cdn.org asks for a rest: 0:43', '', true]);
  assert.equal(jobView(job({ cooldown }), words, now_ms + 41_600).note, 'i.4cdn.org asks for a rest: 0:01');
  const over = jobView(job({ cooldown }), words, now_ms + 42_500);
  assert.deepEqual([over.stateWord, over.note, over.isCounting], ['Downloading', '', false]);
  assert.equal(row({ cooldown, state: 'paused' }).note, '');
  assert.equal(row({ cooldown: { ...cooldown, refusing: true }, files: { done: 18 } }).note, 'i.4cdn.org refuses programs: 0:43');
});

test('a job of which some files still move is not at rest, but says what the others wait for', () => {
  const view = row({ cooldown: { host: 'is2.4chan.org', until: now_ms / 1000 + 600, refusing: false, trying: false }, files: { done: 18, active: 2 } });
  assert.deepEqual([view.stateWord, view.note], ['Downloading', 'is2.4chan.org asks for a rest: 10:00']);
});

test('time is only kept while a time is shown', () => {
  assert.equal(show(state({}, { jobs: [watched] })).isCounting, true);
  assert.equal(show(state({}, { jobs: [job()] })).isCounting, false);
});

test('a filter chosen for another run counts for what it would bring', () => {
  const done = endedJob({ files: { done: 151, saved: 37, filtered: 114 } });
  const before = state({ inspection: inspection({ have: 37 }) }, { jobs: [done] });
  assert.equal(newFiles(before, done), 0);
  assert.equal(newFiles({ ...before, choices: { ...before.choices, filter: '' } }, done), 114);
});

test('while the browser fetches what the host refuses to programs, that is said instead of a time', () => {
  const view = row({ cooldown: { host: 'i.4cdn.org', until: now_ms / 1000 + 600, refusing: true, trying: true } });
  assert.deepEqual([view.stateWord, view.note], ['Downloading', 'i.4cdn.org: going on through the browser…']);
});
