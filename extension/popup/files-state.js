/** The screen of one job's files: what is known of them so far. Pure. */

/** @typedef {import('../shared/types.js').Job} Job */
/** @typedef {import('../shared/types.js').JobFile} JobFile */
/** @typedef {import('../shared/types.js').FileState} FileState */

/**
 * @typedef {object} FilesState
 * @property {Job} job
 * @property {ReadonlyMap<string, JobFile>} files by id, in the host's order
 * @property {FileState|null} only files in this state
 * @property {boolean} isWhole all have been told
 * @property {boolean} hasFailed the host could not tell
 */

/** @param {Job} job @returns {FilesState} */
export const filesOf = (job) => ({ job, files: new Map(), only: null, isWhole: false, hasFailed: false });

/**
 * With what was told without being asked. A file that is not known yet waits for its page, so that the order is the host's.
 * @param {FilesState} state
 * @param {readonly JobFile[]} files
 * @returns {FilesState}
 */
export function withFileNews(state, files) {
  const known = files.filter(({ id }) => state.isWhole || state.files.has(id));
  return known.length ? { ...state, files: merged(state.files, known) } : state;
}

/**
 * @param {FilesState} state
 * @param {readonly JobFile[]} files
 * @param {boolean} isLast
 * @returns {FilesState}
 */
export const withFilePage = (state, files, isLast) => ({ ...state, files: merged(state.files, files), isWhole: state.isWhole || isLast, hasFailed: false });

/**
 * @param {ReadonlyMap<string, JobFile>} known
 * @param {readonly JobFile[]} files
 */
const merged = (known, files) => new Map([...known, ...files.map((file) => /** @type {[string, JobFile]} */ ([file.id, file]))]);

/**
 * With a newer view of the job, if it is among these.
 * @param {FilesState} state
 * @param {readonly Job[]} jobs
 * @returns {FilesState}
 */
export function withJobNews(state, jobs) {
  const job = jobs.find(({ id }) => id === state.job.id);
  return job ? { ...state, job } : state;
}
