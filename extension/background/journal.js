/**
 * What a person should read: the log's lines, the latest trouble, kept beyond the background's life until a popup has shown it,
 * and what is notified of.
 */

import { LogRing } from './log-ring.js';

/** @typedef {import('../shared/types.js').Level} Level */

/**
 * @typedef {object} JournalParts
 * @property {import('./session-memory.js').SessionMemory} memory
 * @property {import('../shared/clock.js').Clock} clock
 * @property {(line: import('../shared/types.js').LogLine) => void} tell the pages
 * @property {() => boolean} hasReader whether a page shows what is told
 * @property {() => void} onTrouble the latest trouble is another, or none
 * @property {Pick<import('./notifications.js').Notifications, 'ended'|'trouble'>} notifications
 * @property {import('../shared/i18n.js').Translate} t
 */

export class Journal {
  #parts;
  #log = new LogRing();

  /** @param {JournalParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  get lines() {
    return this.#log.lines;
  }

  get trouble() {
    return this.#parts.memory.trouble;
  }

  /** What an earlier life of the background left. @param {import('../shared/types.js').Trouble|null} trouble */
  recall(trouble) {
    if (trouble) this.#log.add({ at: trouble.at, level: 'error', text: trouble.text, job: null, dropped: 0 });
  }

  /**
   * @param {Level} level
   * @param {string} text
   * @param {string|null} [job]
   * @param {number} [dropped]
   */
  note(level, text, job = null, dropped = 0) {
    const line = { at: this.#parts.clock.now(), level, text, job, dropped };
    this.#log.add(line);
    this.#parts.tell(line);
  }

  /** A job has ended. @param {import('../shared/types.js').Job} job */
  ended(job) {
    this.#parts.notifications.ended(job);
    if (job.state !== 'failed' && job.state !== 'incomplete') return;
    void this.#keep(this.#parts.t(`trouble_${job.state}`, job.title || job.url));
  }

  /** Something went wrong that is no job's end. @param {string} text */
  async alarm(text) {
    void this.#parts.notifications.trouble(text);
    await this.#keep(text);
  }

  /** It has been read. */
  clear() {
    if (!this.trouble) return;
    void this.#parts.memory.keep({ trouble: null });
    this.#parts.onTrouble();
  }

  /** @param {string} text */
  async #keep(text) {
    const { memory, clock, hasReader, onTrouble } = this.#parts;
    this.note('error', text);
    if (hasReader()) return; // it is being read
    const kept = memory.keep({ trouble: { at: clock.now(), text } });
    onTrouble();
    await kept;
  }
}
