import assert from 'node:assert/strict';
import { test } from 'node:test';
import './support/browser.js';
import { endedJob, hello, inspection, job, snapshot, THREAD_URL } from './support/samples.js';
import { mayInspect, newFiles } from '../../extension/popup/card-view.js';
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
    place: '4chan · /wg/ · No. 7000001',
    title: 'Harbours at night',
    fraction: 0,
    counts: '151 files: 142 images, 9 videos',
    aside: '312 MB',
    have: 'Nothing saved yet',
    primary: { label: 'Download 151 files', action: 'start', enabled: true },
    secondary: null,
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

test('kinds that the settings leave out are not promised', () => {
  const settings = { ...hello().settings, only: ['videos'] };
  assert.equal(card(state({ inspection: inspection() }, { settings })).primary.label, 'Download 9 files');
});

test('the button while the job is being started', () => {
  const view = card(state({ inspection: inspection(), starting: true }));
  assert.deepEqual(view.primary, { label: 'Starting…', action: 'start', enabled: false });
});

test('a thread without a title is called by its number', () => {
  assert.equal(card(state({ inspection: inspection({}, { title: '' }) })).title, '/wg/ 7000001');
});

test('pages that are no thread: what to do instead, and a field', () => {
  const other = 'Open a thread and click again, or paste its address here.';
  for (const url of [null, 'about:blank', 'https://example.org/']) {
    assert.deepEqual(card(state({ url })), { kind: 'form', sentence: other, error: '', busy: false }, String(url));
  }
  assert.match(card(state({ inspection: inspection({}, { kind: 'catalog', thread: null }) })).sentence, /^This is a catalog\./);
  assert.match(card(state({ inspection: inspection({}, { kind: 'board', thread: null }) })).sentence, /^This is a board\./);
  assert.match(card(state({ inspection: inspection({}, { kind: 'archive', thread: null }) })).sentence, /^This is an archive\./);
  const inspectError = { code: 'url.unsupported', message: 'Not a thread.', hint: '' };
  assert.equal(card(state({ inspectError })).sentence, other);
});

test('the field says what was wrong with an address', () => {
  const error = { code: 'url.unsupported', message: 'Not a thread.', hint: 'Open a thread.' };
  assert.equal(card(state({ url: null, form: { busy: false, error } })).error, 'Not a thread. Open a thread.');
});

test('a thread that could not be looked at: why, and another try', () => {
  const inspectError = { code: 'http.unreachable', message: 'a.4cdn.org does not answer.', hint: 'Check the connection.' };
  assert.deepEqual(card(state({ inspectError })), {
    kind: 'trouble',
    sentence: 'a.4cdn.org does not answer.',
    hint: 'Check the connection.',
    primary: { label: 'Check again', action: 'inspect', enabled: true },
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
  assert.equal(view.mayClear, true);
  assert.equal(show(state({}, { jobs: [job()] })).mayClear, false);
});

test('a job at work: the card has pause, cancel and the folder, and no large button', () => {
  const view = card(state({}, { jobs: [job()] }));
  assert.deepEqual([view.primary, view.secondary, view.job.actions], [null, null, ['pause', 'cancel', 'reveal']]);
});

test('the outcome, all of it here', () => {
  const done = endedJob({ files: { done: 151, saved: 148, gone: 3 }, bytes: { total: 312_400_000, done: 312_400_000 } });
  const view = card(state({}, { jobs: [done] }));
  assert.equal(view.job.stateWord, 'Done');
  assert.equal(view.job.counts, '148 of 151 files · 312 MB · 3 gone');
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
});

test('the outcome, incomplete: the reasons in words, and one button for what is missing', () => {
  const files = { done: 151, saved: 141, gone: 3, blocked: 5, failed: 2 };
  const view = card(state({ inspection: inspection({ have: 141 }) }, { jobs: [endedJob({ state: 'incomplete', files })] }));
  assert.equal(view.job.counts, '141 of 151 files · 3 gone');
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
  assert.equal(view.counts, '84 of 151 files · 3 gone');
  assert.equal(view.aside, '10 MB of 40 MB');
  assert.equal(view.pace, '3.1 MB/s · 8 sec left');
  assert.deepEqual(view.current, ['b.webm', 'c.webm']);
  assert.equal(view.fraction, 0.25);
  assert.deepEqual(view.actions, ['pause', 'cancel', 'reveal']);
});

test('a row whose files are still being found says so', () => {
  assert.equal(row({ state: 'scanning', files: { total: 0 } }).counts, 'Reading the list of files…');
  assert.equal(row({ state: 'scanning', files: { total: 0 } }).fraction, null);
  assert.equal(row({ state: 'scanning', files: { total: 12, done: 3 } }).counts, '3 of 12 files, still growing');
  assert.equal(row({ state: 'queued', files: { total: 0 } }).counts, 'Waiting for its turn');
});

test('a paused row promises no time', () => {
  const view = row({ state: 'paused', speed: 3_140_000, eta: 8, current: ['b.webm'] });
  assert.deepEqual([view.pace, view.current, view.actions], ['', [], ['resume', 'cancel', 'reveal']]);
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
  assert.match(show(state({ inspection: inspection() }, { host })).notice, /started again/);
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
