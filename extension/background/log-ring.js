/** The last lines of the log, for popups that open later. In memory only: the host writes the log that is kept. */

/** @typedef {import('../shared/types.js').LogLine} LogLine */

export const LOG_LINES = 200;

export class LogRing {
  /** @type {LogLine[]} */
  #lines = [];

  /** @param {LogLine} line */
  add(line) {
    this.#lines.push(line);
    if (this.#lines.length > LOG_LINES) this.#lines.shift();
  }

  /** Oldest first. */
  get lines() {
    return [...this.#lines];
  }
}
