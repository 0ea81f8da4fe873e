/** Jobs and answers to begin with; tests say what is different about theirs. */

import { FILE_END_STATES } from '../../../extension/shared/states.js';

/** @typedef {import('../../../extension/shared/types.js').Job} Job */
/** @typedef {import('../../../extension/shared/types.js').Hello} Hello */
/** @typedef {import('../../../extension/shared/types.js').Inspection} Inspection */
/** @typedef {import('../../../extension/shared/types.js').Snapshot} Snapshot */

export const THREAD_URL = 'https://boards.4chan.org/wg/thread/7000001';

/**
 * @param {Partial<Omit<Job, 'files'>> & {files?: Partial<Job['files']>}} [change]
 * @returns {Job}
 */
export function job({ files = {}, ...change } = {}) {
  const none = /** @type {Job['files']} */ (Object.fromEntries(['total', 'done', 'active', ...FILE_END_STATES].map((name) => [name, 0])));
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
  settings: { directory: null, start_on_click: false, only: [] },
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
  ...change,
  files: { total: 151, images: 142, videos: 9, other: 0, bytes: 312_400_000, have: 0, ...files },
});

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
  log: [],
  trouble: null,
  ...change,
});
