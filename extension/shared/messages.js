/**
 * Judges what the host says, field by field, before anything of it is kept or shown. What fails is as good as not said.
 */

import { amount, count, flag, isObject, list, oneOf, orNull, record, text } from './checks.js';
import { FILE_END_STATES, JOB_STATES } from './states.js';

/** @typedef {import('./checks.js').Check} Check */

const LEVELS = ['debug', 'info', 'warning', 'error'];
const KINDS = ['thread', 'catalog', 'board', 'archive', 'file'];
const PRIORITIES = ['critical', 'high', 'normal', 'low', 'background'];

const errorFields = record({ code: text(64), message: text(), hint: text() });
/** @type {Check} */
const errorInfo = (value) => errorFields(value) && isObject(value) && (value.host === undefined || text(256)(value.host));

const fileCounts = record(Object.fromEntries(['total', 'done', 'active', ...FILE_END_STATES, 'through_browser'].map((name) => [name, count])));

const job = record({
  id: text(64),
  url: text(2048),
  site: text(64),
  board: text(64),
  thread: orNull(count),
  title: text(4096),
  kind: oneOf(KINDS),
  parent: orNull(text(64)),
  children: list(text(64)),
  state: oneOf(JOB_STATES),
  priority: oneOf(PRIORITIES),
  watching: flag,
  files: fileCounts,
  bytes: record({ total: count, done: count }),
  speed: amount,
  average_speed: amount,
  eta: orNull(amount),
  current: list(text(1024), 100),
  directory: text(),
  created: amount,
  started: orNull(amount),
  finished: orNull(amount),
  error: orNull(errorInfo),
  threads: orNull(record({ total: count, done: count })),
  watch: orNull(record({ next: orNull(amount), new: count })),
  cooldown: orNull(record({ host: text(256), until: amount, refusing: flag, trying: flag })),
});

const file = record({
  id: text(256),
  post: count,
  name: text(1024),
  url: text(2048),
  state: oneOf(['queued', 'active', ...FILE_END_STATES]),
  reason: orNull(text(1024)),
  size: orNull(count),
  done: count,
});

const settings = record({ directory: orNull(text()), start_on_click: flag, only: list(text(64)), filter: text() });
const site = record({ name: text(64), software: text(64), patterns: list(text(2048)) });
const cursor = orNull(text(256));
const jobs = record({ jobs: list(job) });
const amounts = (/** @type {string[]} */ ...names) => record(Object.fromEntries(names.map((name) => [name, count])));

/** @type {Record<string, Check>} */
const RESULTS = {
  hello: record({
    protocol: count,
    version: text(64),
    sites: list(site, 1000),
    capabilities: list(text(64)),
    jobs: list(job),
    cursor,
    settings,
  }),
  'page.inspect': record({
    site: text(64),
    kind: oneOf(KINDS),
    board: text(64),
    thread: orNull(count),
    title: text(4096),
    files: amounts('total', 'images', 'videos', 'other', 'bytes', 'have', 'filtered'),
    threads: orNull(count),
    preview: orNull(record({ directory: text(), names: list(text(1024), 100) })),
  }),
  'page.files': record({
    files: list(record({ id: text(256), url: text(2048), state: oneOf(['have', 'new', 'missing']) }), 400),
    cursor,
  }),
  'page.recognise': record({
    pages: list(orNull(record({ site: text(64), kind: oneOf(KINDS), board: text(64), thread: orNull(count) })), 200),
  }),
  'job.start': jobs,
  'job.pause': jobs,
  'job.resume': jobs,
  'job.cancel': jobs,
  'job.retry': jobs,
  'job.remove': jobs,
  'job.priority': jobs,
  'job.watch': jobs,
  'job.files': record({ files: list(file), cursor }),
  'jobs.list': record({ jobs: list(job), cursor }),
  'folder.reveal': record({ directory: text() }),
  'file.open': isObject,
  'folder.choose': record({ directory: orNull(text()), settings }),
  'settings.get': record({ settings, defaults: settings, software: list(text(32)), sites: list(site, 1000) }),
  'settings.set': record({ settings }),
  health: isObject,
  'fetch.ready': isObject,
  'file.chunk': record({ next: count, window: count }),
};

/** Bytes in one `file.chunk`: what is sent at once is held at once. @type {Check} */
const chunkSize = (value) => count(value) && Number(value) >= 1 && Number(value) <= 524_288;

/** @type {Record<string, Check>} */
const EVENTS = {
  'job.update': record({ job }),
  'files.changed': record({ job: text(64), files: list(file) }),
  'job.finished': record({ job, report: isObject }),
  'jobs.removed': record({ jobs: list(text(64), 200) }),
  'file.needed': record({
    job: orNull(text(64)),
    file: text(256),
    url: text(4096),
    referer: text(4096),
    offset: count,
    limit: count,
    chunk: chunkSize,
    window: count,
  }),
  'file.unneeded': record({ job: orNull(text(64)), file: text(256) }),
  log: record({ level: oneOf(LEVELS), text: text(), job: orNull(text(64)), dropped: count }),
};

/**
 * Whether `result` is what an ok reply to a request of this type carries.
 * @param {string} type
 * @param {unknown} result
 */
export function isResult(type, result) {
  return Object.hasOwn(RESULTS, type) && /** @type {Check} */ (RESULTS[type])(result);
}

/**
 * @param {unknown} message
 * @returns {message is import('./types.js').HostEvent}
 */
export function isEvent(message) {
  if (!isObject(message) || typeof message.type !== 'string' || !Object.hasOwn(EVENTS, message.type)) return false;
  return /** @type {Check} */ (EVENTS[message.type])(message);
}

/**
 * A reply to a request, good or bad: it says which one in `re`, null where the host could not read the number.
 * @param {unknown} message
 * @returns {message is {re: number|null, type: 'ok', result: unknown} | {re: number|null, type: 'error', error: import('./types.js').ErrorInfo}}
 */
export function isReply(message) {
  if (!isObject(message) || !Object.hasOwn(message, 're') || !orNull(count)(message.re)) return false;
  return message.type === 'ok' ? Object.hasOwn(message, 'result') : message.type === 'error' && errorInfo(message.error);
}
