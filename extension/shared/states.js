/**
 * The states of jobs and files, and what each job state permits: one table, asked by every button. The words are the
 * host's (host/threadreel/states.py).
 */

/** @typedef {import('./types.js').JobState} JobState */
/** @typedef {import('./types.js').FileEndState} FileEndState */
/** @typedef {import('./types.js').Job} Job */
/** @typedef {'pause'|'resume'|'cancel'|'retry'|'files'|'reveal'|'remove'|'more'} JobAction */

export const JOB_STATES = /** @type {const} */ ([
  'queued', 'scanning', 'running', 'paused', 'completed', 'incomplete', 'failed', 'cancelled',
]);

export const FILE_END_STATES = /** @type {const} */ ([
  'saved', 'differs', 'have', 'duplicate', 'filtered', 'deleted', 'gone', 'blocked', 'failed', 'cancelled',
]);

/** End states in which the bytes are on disk. */
export const ON_DISK = /** @type {const} */ (['saved', 'differs', 'have', 'duplicate']);

/** End states that are nobody's fault and that another run would not change. */
export const NOT_TO_BE_HAD = /** @type {const} */ (['filtered', 'deleted', 'gone']);

/** @type {Record<JobState, readonly JobAction[]>} */
const PERMITTED = {
  queued: ['pause', 'cancel', 'more'],
  scanning: ['pause', 'cancel', 'more'],
  running: ['pause', 'cancel', 'reveal', 'more'],
  paused: ['resume', 'cancel', 'reveal', 'more'],
  completed: ['reveal', 'remove'],
  incomplete: ['retry', 'reveal', 'remove'],
  failed: ['retry', 'remove'],
  cancelled: ['retry', 'reveal', 'remove'],
};

/**
 * What a person may do with a job in this state; `more` are its place in the queue and whether it is watched.
 * @param {JobState} state
 */
export const permitted = (state) => PERMITTED[state];

/**
 * The host is at work on it: the port must stay open.
 * @param {Job} job
 */
export const isActive = (job) => job.state === 'queued' || job.state === 'scanning' || job.state === 'running';

/**
 * Nothing follows for it unless it is tried again.
 * @param {Job} job
 */
export const isEnded = (job) => !isActive(job) && job.state !== 'paused';

/**
 * A board's job made it.
 * @param {Job} job
 */
export const isChild = (job) => job.parent !== null;

/**
 * It has all there was at the last look, and waits for the next.
 * @param {Job} job
 */
export const isWaitingForNews = (job) => job.state === 'running' && job.watching && job.files.done >= job.files.total;

/**
 * Whether pages of this kind list threads.
 * @param {import('./types.js').PageKind} kind
 */
export const isListing = (kind) => kind === 'catalog' || kind === 'board' || kind === 'archive';

/**
 * @param {Job} job
 * @param {readonly FileEndState[]} states
 */
export const countOf = (job, states) => states.reduce((sum, state) => sum + job.files[state], 0);
