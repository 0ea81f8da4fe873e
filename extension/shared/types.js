/**
 * The shapes that travel between host, background and pages, as JSDoc types. No code.
 * The host's side of them is host/threadreel/wire/schemas/*.json; the tests hold both to the same samples.
 */

/** @typedef {'queued'|'scanning'|'running'|'paused'|'completed'|'incomplete'|'failed'|'cancelled'} JobState */
/** @typedef {'saved'|'differs'|'have'|'duplicate'|'filtered'|'deleted'|'gone'|'blocked'|'failed'|'cancelled'} FileEndState */
/** @typedef {'queued'|'active'|FileEndState} FileState */
/** @typedef {'thread'|'catalog'|'board'|'archive'|'file'} PageKind */
/** @typedef {'debug'|'info'|'warning'|'error'} Level */
/** `host`, with the code `http.refused`: it shows to browsers what it refuses to programs. @typedef {{code: string, message: string, hint: string, host?: string|undefined}} ErrorInfo */
/** Those of `through_browser` are among `saved` and `differs`. @typedef {{total: number, done: number, active: number, through_browser: number} & Record<FileEndState, number>} FileCounts */

/**
 * One job, whole. Times are Unix seconds, speeds bytes a second, `eta` seconds. A board's job has `threads`, and
 * the first of its `children` in the order in which they are taken; `watch` counts the files that came after the first
 * read; `cooldown` is the host that its waiting files need and that is left alone for a while, `refusing` programs or only asking to wait, `trying` the browser meanwhile.
 * @typedef {object} Job
 * @property {string} id
 * @property {string} url
 * @property {string} site
 * @property {string} board
 * @property {number|null} thread
 * @property {string} title
 * @property {PageKind} kind
 * @property {string|null} parent
 * @property {string[]} children
 * @property {JobState} state
 * @property {Priority} priority
 * @property {boolean} watching
 * @property {FileCounts} files
 * @property {{total: number, done: number}} bytes
 * @property {number} speed
 * @property {number} average_speed
 * @property {number|null} eta
 * @property {string[]} current
 * @property {string} directory
 * @property {number} created
 * @property {number|null} started
 * @property {number|null} finished
 * @property {ErrorInfo|null} error
 * @property {{next: number|null, new: number}|null} watch
 * @property {{host: string, until: number, refusing: boolean, trying: boolean}|null} cooldown
 * @property {{total: number, done: number}|null} threads
 */

/**
 * One attachment of a job; `size` null when the site does not tell, `done` bytes on disk.
 * @typedef {object} JobFile
 * @property {string} id
 * @property {number} post
 * @property {string} name
 * @property {string} url
 * @property {FileState} state
 * @property {string|null} reason
 * @property {number|null} size
 * @property {number} done
 */

/** @typedef {{name: string, software: string, patterns: string[]}} Site */
/** @typedef {{directory: string|null, start_on_click: boolean, only: string[], filter: string} & Record<string, unknown>} Settings */
/** @typedef {'critical'|'high'|'normal'|'low'|'background'} Priority */

/**
 * What the host says to `hello`.
 * @typedef {object} Hello
 * @property {number} protocol
 * @property {string} version
 * @property {Site[]} sites
 * @property {string[]} capabilities
 * @property {Job[]} jobs
 * @property {string|null} cursor
 * @property {Settings} settings
 */

/**
 * What the host says to `page.inspect`: of a thread or a file its files, of a page that lists threads their number.
 * `filtered` are those that the person's choices leave out; `preview` is the folder and the first names.
 * @typedef {object} Inspection
 * @property {string} site
 * @property {PageKind} kind
 * @property {string} board
 * @property {number|null} thread
 * @property {string} title
 * @property {{total: number, images: number, videos: number, other: number, bytes: number, have: number, filtered: number}} files
 * @property {number|null} threads
 * @property {{directory: string, names: string[]}|null} preview
 */

/** What an address leads to. @typedef {{site: string, kind: PageKind, board: string, thread: number|null}} Page */

/** What the library has of a file that a thread's page shows. @typedef {{id: string, url: string, state: 'have'|'new'|'missing'}} PageFile */

/** @typedef {{type: 'job.update', job: Job}} JobUpdate */
/** @typedef {{type: 'files.changed', job: string, files: JobFile[]}} FilesChanged */
/** @typedef {{type: 'job.finished', job: Job, report: object}} JobFinished */
/** @typedef {{type: 'jobs.removed', jobs: string[]}} JobsRemoved */
/** @typedef {{type: 'log', level: Level, text: string, job: string|null, dropped: number}} LogEvent */

/**
 * The host wants the browser to fetch this, from byte `offset` on, in pieces of at most `chunk` bytes, `window` of them
 * without a reply. `job` null: the answer of an API. `ahead`: the next range may be asked for before the last has ended.
 * @typedef {{type: 'file.needed', job: string|null, file: string, url: string, referer: string, offset: number, limit: number, chunk: number, window: number, ahead: boolean}} FileNeeded
 */
/** @typedef {{type: 'file.unneeded', job: string|null, file: string}} FileUnneeded */
/** @typedef {JobUpdate|FilesChanged|JobFinished|JobsRemoved} JobEvent */
/** @typedef {JobEvent|LogEvent|FileNeeded|FileUnneeded} HostEvent */

/** @typedef {'host_missing'|'host_forbidden'|'host_exited'|'host_broken'|'protocol_unsupported'|'unknown'} ReasonCode */

/**
 * Why there is no conversation with the host. `text` is what the browser or
 * the host said, word for word; `protocol` the one the host speaks, when it is another than ours.
 * @typedef {{code: ReasonCode, text: string, protocol: number|null}} Reason
 */

/**
 * The conversation with the host: `closed` is idle, `waiting` is before another try, `failed` waits for a person.
 * @typedef {object} HostStatus
 * @property {'closed'|'opening'|'open'|'waiting'|'failed'} phase
 * @property {string|null} version the host's, once it has said hello
 * @property {Reason|null} reason
 * @property {number|null} retry_s seconds until the next try, in phase `waiting`
 */

/** A line of the log; `at` in milliseconds since 1970. @typedef {{at: number, level: Level, text: string, job: string|null, dropped: number}} LogLine */
/** Something a person should read about, kept until a popup has shown it. @typedef {{at: number, text: string}} Trouble */

/**
 * Everything a page shows; the first message it gets, and again whenever the host was started anew.
 * @typedef {object} Snapshot
 * @property {'snapshot'} type
 * @property {HostStatus} host
 * @property {Job[]} jobs newest first; those that a board's job made are not among them
 * @property {Site[]} sites
 * @property {Settings|null} settings null until the host has said hello
 * @property {import('./speeds.js').Speeds} speeds of jobs at work, over the last minute
 * @property {LogLine[]} log oldest first
 * @property {Trouble|null} trouble
 */

/**
 * What follows a snapshot. `children.changed` gathers the news of many jobs that boards' jobs made.
 * @typedef {{type: 'host.status', host: HostStatus}
 *   | JobUpdate
 *   | FilesChanged
 *   | JobFinished
 *   | {type: 'children.changed', jobs: Job[]}
 *   | JobsRemoved
 *   | {type: 'settings.changed', settings: Settings}
 *   | {type: 'log', line: LogLine}} Delta
 */

/** What texts are made with. @typedef {{t: import('./i18n.js').Translate, tn: typeof import('./i18n.js').tn, format: import('./format.js').Format}} Words */

/** @typedef {{re: number, type: 'ok', result: any} | {re: number, type: 'error', error: ErrorInfo}} Reply */
/** @typedef {{id: number, type: string} & Record<string, unknown>} Request */

export {};
