import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeBrowser } from './support/browser.js';
import { FakeClock, settled } from './support/clock.js';
import { boardJob, childJob, endedJob, inspection, snapshot, THREAD_URL } from './support/samples.js';
import { AddressesAsker } from '../../extension/popup/addresses-asker.js';
import { FilesAsker } from '../../extension/popup/files-asker.js';
import { Inspector, WRITING_MS } from '../../extension/popup/inspector.js';
import { BLANK, afterMessage } from '../../extension/popup/state.js';
import { TabsWish } from '../../extension/popup/tabs-wish.js';
import { Unfolder } from '../../extension/popup/unfolder.js';
import { HostError } from '../../extension/shared/protocol.js';

/** @typedef {import('../../extension/popup/state.js').PopupState} PopupState */

/** @type {{type: string, fields: any, resolve: (result: any) => void, reject: (error: HostError) => void}[]} */
let asked;
/** @type {PopupState} */
let state;
/** @type {FakeClock} */
let clock;
/** @type {import('../../extension/popup/inspector.js').AskingParts} */
let parts;

beforeEach(() => {
  [asked, clock] = [[], new FakeClock()];
  state = afterMessage({ ...BLANK, url: THREAD_URL }, snapshot({ jobs: [boardJob()] }));
  parts = {
    state: () => state,
    set: (change) => (state = { ...state, ...change }),
    request: (type, fields) => new Promise((resolve, reject) => asked.push({ type, fields, resolve, reject })),
    clock,
  };
});

/** @param {unknown} result */
async function answer(result) {
  const request = asked.at(-1);
  if (result instanceof HostError) request?.reject(result);
  else request?.resolve(result);
  await settled();
}

test('a page is looked at once, without being asked to, and not again when its job has just read it', async () => {
  const inspector = new Inspector(parts);
  assert(inspector.isDue());
  const looked = inspector.inspect();
  assert(!inspector.isDue());
  await answer(inspection());
  assert.equal(await looked, true);
  assert.deepEqual(asked.map(({ type, fields }) => [type, fields]), [['page.inspect', { url: THREAD_URL }]]);
  assert.deepEqual([state.inspection, state.inspecting, inspector.isDue()], [inspection(), false, false]);
  const finished = clock.now() / 1000;
  state = { ...afterMessage(state, snapshot({ jobs: [endedJob({ finished })] })), inspection: null };
  assert(!inspector.isDue());
  await clock.pass(61_000);
  assert(inspector.isDue());
});

test('a filter is tried when the writing rests, and as it then is', async () => {
  const inspector = new Inspector(parts);
  for (const filter of ['k', 'kind', 'kind:videos ']) {
    inspector.tryFilter(filter);
    await clock.pass(WRITING_MS - 1);
  }
  assert.deepEqual([asked.length, state.choices.filter], [0, 'kind:videos ']);
  await clock.pass(1);
  assert.deepEqual(asked[0]?.fields, { url: THREAD_URL, options: { filter: 'kind:videos' } });
});

test('a filter that cannot be read leaves what is known, and its mending takes the complaint away', async () => {
  const inspector = new Inspector(parts);
  state = { ...state, inspection: inspection() };
  inspector.tryFilter('wdth:>8');
  await clock.pass(WRITING_MS);
  await answer(new HostError('filter.invalid', 'The filter cannot be read at character 1.'));
  assert.deepEqual([state.filterError?.message, state.inspectError, state.inspecting], ['The filter cannot be read at character 1.', null, false]);
  assert.deepEqual(state.inspection, inspection());
  inspector.tryFilter('width:>8');
  await clock.pass(WRITING_MS);
  await answer(inspection({ filtered: 9 }));
  assert.deepEqual([state.filterError, state.inspection?.files.filtered], [null, 9]);
});

test('an answer that comes after a later question says nothing', async () => {
  const inspector = new Inspector(parts);
  const early = inspector.inspect();
  const late = inspector.inspect();
  await answer(inspection({ have: 2 }));
  asked[0]?.resolve(inspection({ have: 1 }));
  assert.deepEqual([await early, await late], [false, true]);
  assert.equal(state.inspection?.files.have, 2);
});

test('a page that cannot be looked at says why', async () => {
  const looked = new Inspector(parts).inspect();
  await answer(new HostError('http.unreachable', 'a.4cdn.org does not answer.'));
  assert.equal(await looked, false);
  assert.equal(state.inspectError?.code, 'http.unreachable');
});

test('a board is unfolded one page at a time, as far as somebody looks', async () => {
  const unfolder = new Unfolder(parts);
  void unfolder.toggle('b1', 'threads');
  await answer({ jobs: [childJob()], cursor: '100' });
  assert.deepEqual(asked.map(({ type, fields }) => [type, fields]), [['jobs.list', { parent: 'b1' }]]);
  void unfolder.more();
  void unfolder.more();
  await answer({ jobs: [childJob({ id: 'c2' })], cursor: null });
  assert.deepEqual(asked.slice(1).map(({ fields }) => fields), [{ parent: 'b1', cursor: '100' }]);
  await unfolder.more();
  assert.equal(asked.length, 2);
  assert.deepEqual([...(state.expansion?.jobs.keys() ?? [])], ['c1', 'c2']);
});

test('folded meanwhile, the answer is not wanted; a second press folds', async () => {
  const unfolder = new Unfolder(parts);
  void unfolder.toggle('b1', 'threads');
  await unfolder.toggle('b1', 'threads');
  await answer({ jobs: [childJob()], cursor: null });
  assert.equal(state.expansion, null);
});

test('a page that did not come is not asked for over and over, but once all begins anew', async () => {
  const unfolder = new Unfolder(parts);
  void unfolder.toggle('b1', 'threads');
  await answer(new HostError('background.gone', ''));
  await unfolder.more();
  assert.equal(asked.length, 1);
  state = afterMessage(state, snapshot({ jobs: [boardJob()] }));
  void unfolder.fill();
  await answer({ jobs: [childJob()], cursor: null });
  assert.equal(state.expansion?.jobs.size, 1);
});

test('the new files of a watched thread are looked for on all pages of its files', async () => {
  const unfolder = new Unfolder(parts);
  const all = unfolder.toggle('j1', 'new');
  const file = { id: 'f1', post: 1, name: 'a.jpg', url: 'https://x.org/a.jpg', state: 'saved', reason: 'new', size: 1, done: 1 };
  await answer({ files: [{ ...file, id: 'f0', reason: null }], cursor: 'two' });
  await answer({ files: [file], cursor: null });
  await all;
  assert.deepEqual(asked.map(({ type, fields }) => [type, fields]), [['job.files', { job: 'j1' }], ['job.files', { job: 'j1', cursor: 'two' }]]);
  assert.deepEqual([...(state.expansion?.files.keys() ?? [])], ['f1']);
});

/** The threads that are open in two tabs. */
const TABS = { isAllowed: true, threads: [{ url: THREAD_URL, title: '' }, { url: `${THREAD_URL}2`, title: '' }] };

test('the threads in tabs: once the browser is answered, they are in the field', async () => {
  const asker = new AddressesAsker(parts, new TabsWish(new FakeBrowser().api.storage.session));
  /** @type {(isAllowed: boolean) => void} */
  let say = () => {};
  const taken = asker.takeTabs(() => new Promise((resolve) => (say = resolve)));
  await settled();
  await asker.goOn(); // the host was started anew, for example
  assert.equal(asked.length, 0, 'the question is still open');
  say(true);
  await settled();
  await answer(TABS);
  await taken;
  assert.deepEqual([state.form.isOpen, state.form.text], [true, `${THREAD_URL}\n${THREAD_URL}2`]);
  await asker.goOn();
  assert.equal(asked.length, 1, 'once');
});

test("the browser's question closes the popup: the next one goes on, or says that it was not allowed", async () => {
  for (const [told, expected] of /** @type {const} */ ([[TABS, null], [{ isAllowed: false, threads: [] }, 'tabs.refused']])) {
    const { session } = new FakeBrowser().api.storage;
    void new AddressesAsker(parts, new TabsWish(session)).takeTabs(() => new Promise(() => {}));
    await settled();
    state = afterMessage({ ...BLANK, url: THREAD_URL }, snapshot());
    void new AddressesAsker(parts, new TabsWish(session)).goOn();
    await settled();
    await answer(told);
    assert.deepEqual([state.form.isOpen, state.form.error?.code ?? null], [true, expected]);
    const before = asked.length;
    await new AddressesAsker(parts, new TabsWish(session)).goOn();
    assert.equal(asked.length, before, 'a third popup is about something else');
  }
});

test('what an incomplete job lacks is looked up once, and a look that fails is over', async () => {
  const done = endedJob({ state: 'incomplete', files: { done: 151, saved: 149, blocked: 2 } });
  state = afterMessage({ ...BLANK, url: THREAD_URL }, snapshot({ jobs: [done] }));
  const asker = new FilesAsker(parts);
  void asker.lookForMissing();
  void asker.lookForMissing();
  assert.deepEqual(asked.map(({ fields }) => fields), [{ job: 'j1', state: 'blocked' }]);
  assert.equal(state.missing?.files, null);
  await answer(new HostError('host_exited', ''));
  assert.deepEqual(state.missing?.files, []);
});
