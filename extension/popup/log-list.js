/** The log: its last lines, folded away until somebody wants to know. */

import { createFormat } from '../shared/format.js';
import { language, t, tn } from '../shared/i18n.js';
import { byId, make, setText } from './dom.js';

/** @typedef {import('../shared/types.js').LogLine} LogLine */

export class LogList {
  #list = byId('log-lines');
  #empty = byId('log-empty');
  #format = createFormat(language());
  /** @type {LogLine[]} */
  #lines = [];

  /** @param {LogLine[]} lines oldest first */
  update(lines) {
    if (lines.length === this.#lines.length && lines.at(-1) === this.#lines.at(-1)) return;
    const wasAtEnd = this.#list.scrollTop + this.#list.clientHeight >= this.#list.scrollHeight - 4;
    const known = new Set(this.#lines);
    const kept = new Set(lines);
    const gone = this.#lines.filter((line) => !kept.has(line)).length;
    for (let count = 0; count < gone; count += 1) this.#list.firstElementChild?.remove();
    this.#list.append(...lines.filter((line) => !known.has(line)).map((line) => this.#row(line)));
    this.#lines = lines;
    this.#empty.hidden = lines.length > 0;
    if (wasAtEnd) this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** @param {LogLine} line */
  #row({ at, level, text, dropped }) {
    const row = make('li', { 'data-level': level });
    const time = make('time', {}, this.#format.clock(at));
    const words = make('span', { dir: 'auto' });
    setText(words, dropped > 0 ? t('sentences', text, tn('log_dropped', dropped)) : text);
    row.append(time, words);
    return row;
  }
}
