/**
 * One job unfolded, into the threads of a board or the new files of a watched thread: what is known of them so far. Pure.
 */

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/types.js').JobFile} JobFile */

/**
 * @typedef {object} Expansion
 * @property {string} job
 * @property {'threads'|'new'} what
 * @property {ReadonlyMap<string, Job>} jobs the threads that are known
 * @property {readonly string[]} order their ids as far as the host has listed them, in the host's order
 * @property {ReadonlyMap<string, JobFile>} files the new files that are known
 * @property {string|null} cursor where the next page begins
 * @property {boolean} isLoading
 * @property {boolean} isWhole there is no further page
 */

/** New files that are shown; a thread that brings more has them in its folder. */
const MOST_FILES = 500;

/**
 * @param {string} job
 * @param {Expansion['what']} what
 * @returns {Expansion}
 */
export const unfolded = (job, what) => ({ job, what, jobs: new Map(), order: [], files: new Map(), cursor: null, isLoading: false, isWhole: false });

/**
 * With newer views of some of its threads; other jobs are none of its business.
 * @param {Expansion} expansion
 * @param {readonly Job[]} jobs
 * @returns {Expansion}
 */
export function withJobs(expansion, jobs) {
  const own = jobs.filter(({ parent }) => parent === expansion.job);
  return own.length ? { ...expansion, jobs: new Map([...expansion.jobs, ...entries(own)]) } : expansion;
}

/**
 * @param {Expansion} expansion
 * @param {string} job
 * @param {readonly JobFile[]} files
 * @returns {Expansion}
 */
export function withFiles(expansion, job, files) {
  const fresh = files.filter(({ id, reason }) => reason === 'new' || expansion.files.has(id));
  if (expansion.what !== 'new' || expansion.job !== job || fresh.length === 0) return expansion;
  const all = [...new Map([...expansion.files, ...entries(fresh)])];
  return { ...expansion, files: new Map(all.slice(-MOST_FILES)) };
}

/**
 * What an answer told: what came by itself since it was asked for is newer.
 * @param {Expansion} expansion
 * @param {{jobs?: Job[], files?: JobFile[], cursor: string|null}} page
 * @returns {Expansion}
 */
export function withPage(expansion, { jobs = [], files = [], cursor }) {
  const older = { ...expansion, jobs: new Map(), files: new Map() };
  const page = withFiles(withJobs(older, jobs), expansion.job, files);
  return {
    ...expansion,
    jobs: new Map([...expansion.jobs, ...[...page.jobs].filter(([id]) => !expansion.jobs.has(id))]),
    order: [...new Set([...expansion.order, ...page.jobs.keys()])],
    files: new Map([...expansion.files, ...[...page.files].filter(([id]) => !expansion.files.has(id))]),
    cursor,
    isLoading: false,
    isWhole: cursor === null,
  };
}

/**
 * @param {Expansion|null} expansion
 * @param {readonly string[]} ids
 * @returns {Expansion|null}
 */
export function withoutJobs(expansion, ids) {
  if (!expansion || ids.includes(expansion.job)) return null;
  const jobs = new Map([...expansion.jobs].filter(([id]) => !ids.includes(id)));
  return { ...expansion, jobs, order: expansion.order.filter((id) => !ids.includes(id)) };
}

/**
 * The ids of a board's threads in their order: the first, which its job names, those that the host has listed, and for those
 * to come a place each under an id that is none. When all are listed, those that came since follow.
 * @param {Expansion} expansion
 * @param {Job} board
 */
export function threadIds({ jobs, order, isWhole }, { children, threads }) {
  const ids = [...new Set([...children, ...order, ...(isWhole ? jobs.keys() : [])])];
  const unknown = isWhole ? 0 : Math.max(0, (threads?.total ?? 0) - ids.length);
  return [...ids, ...Array.from({ length: unknown }, (_, place) => `?${ids.length + place}`)];
}

/**
 * @template {{id: string}} Thing
 * @param {readonly Thing[]} things
 * @returns {[string, Thing][]}
 */
const entries = (things) => things.map((thing) => [thing.id, thing]);
