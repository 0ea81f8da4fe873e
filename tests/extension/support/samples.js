/** Jobs and answers to begin with; tests say what is different about theirs. */

import { FILE_END_STATES } from '../../../extension/shared/states.js';

/** @typedef {import('../../../extension/shared/types.js').Job} Job */
/** @typedef {import('../../../extension/shared/types.js').Hello} Hello */
/** @typedef {import('../../../extension/shared/types.js').Inspection} Inspection */
/** @typedef {import('../../../extension/shared/types.js').Snapshot} Snapshot */

export const THREAD_URL = 'https://boards.4chan.org/wg/thread/7000001';
export const BOARD_URL = 'https://boards.4chan.org/po/catalog';

/**
 * @param {Partial<Omit<Job, 'files'>> & {files?: Partial<Job['files']>}} [change]
 * @returns {Job}
 */
export function job({ files = {}, ...change } = {}) {
  const none = /** @type {Job['files']} */ (Object.fromEntries(['total', 'done', 'active', ...FILE_END_STATES, 'through_browser'].map((name) => [name, 0])));
  return {
    id: 'j1',
    url: THREAD_URL,
    site: '4chan',
    board: 'wg',
    thread: 7000001,
    title: 'Harbours at night',
    kind: 'thread',
    parent: null,
    children: [],
    state: 'running',
    priority: 'normal',
    watching: false,
    bytes: { total: 40_000_000, done: 10_000_000 },
    speed: 0,
    average_speed: 0,
    eta: null,
    current: [],
    directory: '/downloads/7000001',
    created: 1_700_000_000,
    started: 1_700_000_001,
    finished: null,
    error: null,
    threads: null,
    watch: null,
    cooldown: null,
    ...change,
    files: { ...none, total: 151, ...files },
  };
}

/**
 * A job that has ended.
 * @param {Parameters<typeof job>[0]} [change]
 */
export const endedJob = (change) => job({ state: 'completed', finished: 1_700_000_100, ...change });

/**
 * @param {Partial<Hello>} [change]
 * @returns {Hello}
 */
export const hello = (change) => ({
  protocol: 1,
  version: '0.1.0',
  sites: [{ name: '4chan', software: '4chan', patterns: ['*://boards.4chan.org/*', '*://i.4cdn.org/*'] }],
  capabilities: [],
  jobs: [],
  cursor: null,
  settings: { directory: null, start_on_click: false, only: [], filter: '' },
  ...change,
});

/**
 * @param {Partial<Inspection['files']>} [files]
 * @param {Partial<Inspection>} [change]
 * @returns {Inspection}
 */
export const inspection = (files, change) => ({
  site: '4chan',
  kind: 'thread',
  board: 'wg',
  thread: 7000001,
  title: 'Harbours at night',
  threads: null,
  preview: { directory: '4chan/wg/7000001 Harbours at night', names: ['1700000000000001 pier.jpg', '1700000000000002 lamp.webm'] },
  ...change,
  files: { total: 151, images: 142, videos: 9, other: 0, bytes: 312_400_000, have: 0, filtered: 0, ...files },
});

/**
 * The job of a board, at work.
 * @param {Parameters<typeof job>[0]} [change]
 */
export const boardJob = (change) =>
  job({
    id: 'b1', url: BOARD_URL, board: 'po', thread: null, title: '/po/', kind: 'catalog', priority: 'low',
    children: ['c1', 'c2', 'c3'], threads: { total: 3, done: 1 }, ...change,
  });

/**
 * A job that the job of a board made.
 * @param {Parameters<typeof job>[0]} [change]
 */
export const childJob = (change) =>
  job({ id: 'c1', url: 'https://boards.4chan.org/po/thread/1', board: 'po', thread: 1, title: 'Folding', parent: 'b1', priority: 'low', ...change });

/**
 * A page that lists threads.
 * @param {Partial<Inspection>} [change]
 */
export const listing = (change) =>
  inspection(
    { total: 0, images: 0, videos: 0, bytes: 0 },
    { kind: 'catalog', board: 'po', thread: null, title: '', threads: 150, preview: null, ...change },
  );

/**
 * @param {Partial<Snapshot>} [change]
 * @returns {Snapshot}
 */
export const snapshot = (change) => ({
  type: 'snapshot',
  host: { phase: 'open', version: '0.1.0', reason: null, retry_s: null },
  jobs: [],
  sites: hello().sites,
  settings: hello().settings,
  speeds: {},
  log: [],
  trouble: null,
  ...change,
});
