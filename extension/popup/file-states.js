/** The states of files as a picture shows them: in which order, in which of five groups, and how many of each. Pure. */

import { FILE_END_STATES, ON_DISK } from '../shared/states.js';

/** @typedef {import('../shared/types.js').FileState} FileState */
/** @typedef {'here'|'coming'|'missing'|'lost'|'out'} Group here: on disk; lost: not to be had; out: left out by the person */
/** @typedef {{state: FileState, group: Group, count: number}} Part */

/** From what is here to what nobody wants. */
const ORDER = /** @type {readonly FileState[]} */ ([
  'saved', 'have', 'duplicate', 'differs', 'active', 'queued', 'blocked', 'failed', 'cancelled', 'gone', 'deleted', 'filtered',
]);

/** @type {Partial<Record<FileState, Group>>} */
const GROUPS = { active: 'coming', queued: 'coming', blocked: 'missing', failed: 'missing', cancelled: 'missing', gone: 'lost', deleted: 'lost', filtered: 'out' };

/** @param {FileState} state @returns {Group} */
export const groupOf = (state) => GROUPS[state] ?? 'here';

/**
 * How many files of a job are in each state that any is in; together they are all its files.
 * @param {import('../shared/types.js').Job['files']} files
 * @returns {Part[]}
 */
export function parts(files) {
  const ended = FILE_END_STATES.reduce((sum, state) => sum + files[state], 0);
  const active = Math.min(files.active, Math.max(0, files.total - ended));
  const counts = { ...files, active, queued: Math.max(0, files.total - ended - active) };
  return ORDER.filter((state) => counts[state] > 0).map((state) => ({ state, group: groupOf(state), count: counts[state] }));
}

/**
 * Likewise of files that are known one by one.
 * @param {Iterable<{state: FileState}>} files
 * @returns {Part[]}
 */
export function partsOf(files) {
  /** @type {Map<FileState, number>} */
  const counts = new Map();
  for (const { state } of files) counts.set(state, (counts.get(state) ?? 0) + 1);
  return ORDER.filter((state) => counts.has(state)).map((state) => ({ state, group: groupOf(state), count: counts.get(state) ?? 0 }));
}

/** @param {FileState} state */
export const isOnDisk = (state) => /** @type {readonly string[]} */ (ON_DISK).includes(state);
