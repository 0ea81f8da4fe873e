/** Why files are missing, in words, and what to do about it: one sentence for each kind of reason. Pure. */

/** @typedef {import('../shared/types.js').JobFile} JobFile */
/** @typedef {{kind: string, count: number}} Reason */

/** What a reason's code begins with, and which sentence it is; the first that fits. */
const KINDS = /** @type {readonly [prefix: string, kind: string][]} */ ([
  ['http.429', 'busy'],
  ['http.403', 'refused'],
  ['http.401', 'refused'],
  ['http.challenge', 'refused'],
  ['host.', 'refused'],
  ['browser.permission', 'refused'],
  ['browser.', 'browser'],
  ['http.5', 'trouble'],
  ['http.404', 'lost'],
  ['http.410', 'lost'],
  ['http.', 'network'],
  ['fake.', 'fake'],
  ['disk.', 'disk'],
  ['site.', 'nowhere'],
]);

/**
 * @param {Pick<JobFile, 'state'|'reason'>} file
 * @returns {string} the kind of its reason
 */
export function reasonKind({ state, reason }) {
  const known = KINDS.find(([prefix]) => reason?.startsWith(prefix));
  return known?.[1] ?? (state === 'blocked' ? 'refused' : 'unknown');
}

/**
 * The kinds, the one of most files first.
 * @param {Iterable<Pick<JobFile, 'state'|'reason'>>} files those that are missing
 * @returns {Reason[]}
 */
export function reasons(files) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const file of files) counts.set(reasonKind(file), (counts.get(reasonKind(file)) ?? 0) + 1);
  return [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count);
}

/**
 * Before the files were asked for: what their states alone tell.
 * @param {import('../shared/types.js').Job['files']} files
 * @returns {Reason[]}
 */
export function reasonsByState({ blocked, failed }) {
  return [{ kind: 'refused', count: blocked }, { kind: 'unknown', count: failed }].filter(({ count }) => count > 0);
}
