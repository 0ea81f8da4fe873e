/** The boards a person has added: shown, added, changed, taken away. Whether a board can be used is the host's to say. */

import { fill } from '../shared/i18n.js';
import { HostError } from '../shared/protocol.js';
import { objectionText } from './setting-field.js';

/** @typedef {{name: string, software: string, page: string, api: string, media: string}} OwnBoard */

export const PARTS = /** @type {const} */ (['name', 'software', 'page', 'api', 'media']);

/**
 * The part of a board that an objection of the host is about; null when it is about the board as a whole.
 * @param {string} message
 * @returns {typeof PARTS[number]|null}
 */
export function partOf(message) {
  const named = /^boards\[\d+\]\['(\w+)'\]/.exec(message)?.[1] ?? /: its (\w+) /.exec(message)?.[1];
  const isName = /already a site of that name/.test(message);
  return PARTS.find((part) => part === named) ?? (isName ? 'name' : null);
}

/**
 * @typedef {object} BoardTableParts
 * @property {HTMLElement} table
 * @property {HTMLElement} rows
 * @property {HTMLTemplateElement} template of a row
 * @property {HTMLElement} error of the table
 * @property {HTMLButtonElement} add
 * @property {HTMLFormElement} form
 * @property {HTMLElement} heading of the form
 * @property {HTMLElement} formError
 * @property {HTMLButtonElement} cancel
 * @property {(boards: OwnBoard[]) => Promise<unknown>} keep rejects when they cannot be
 * @property {(text: string) => void} say
 * @property {import('../shared/i18n.js').Translate} t
 */

export class BoardTable {
  #parts;
  /** @type {OwnBoard[]} */
  #boards = [];
  /** The place of the board in the form; one past the last for a new one. */
  #place = 0;
  #isDisabled = true;

  /** @param {BoardTableParts} parts */
  constructor(parts) {
    this.#parts = parts;
    parts.add.addEventListener('click', () => this.#open(this.#boards.length));
    parts.cancel.addEventListener('click', () => this.#close());
    parts.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  /** What a board may run. @param {readonly string[]} software */
  offer(software) {
    const select = /** @type {HTMLSelectElement} */ (this.#input('software'));
    select.replaceChildren(...software.map((name) => new Option(name, name)));
  }

  /** @param {readonly OwnBoard[]} boards */
  show(boards) {
    this.#boards = [...boards];
    this.#paint();
  }

  /** @param {boolean} isDisabled */
  set disabled(isDisabled) {
    this.#isDisabled = isDisabled;
    this.#parts.add.disabled = isDisabled;
    for (const control of this.#parts.form.querySelectorAll('input, select, button')) {
      /** @type {HTMLInputElement} */ (control).disabled = isDisabled;
    }
    this.#paint();
  }

  #paint() {
    const { table, rows } = this.#parts;
    table.hidden = this.#boards.length === 0;
    rows.replaceChildren(...this.#boards.map((board, place) => this.#row(board, place)));
  }

  /**
   * @param {OwnBoard} board
   * @param {number} place
   */
  #row(board, place) {
    const { template, t } = this.#parts;
    const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
    fill(row);
    const [name, address] = row.children;
    if (name) name.textContent = board.name;
    if (address) address.textContent = board.page;
    const acts = [() => this.#open(place), () => void this.#remove(place)];
    [...row.querySelectorAll('button')].forEach((button, at) => {
      button.disabled = this.#isDisabled;
      button.setAttribute('aria-label', t('action_of', button.textContent ?? '', board.name));
      button.addEventListener('click', () => acts[at]?.());
    });
    return row;
  }

  /** @param {number} place */
  #open(place) {
    const { form, heading, add, t } = this.#parts;
    this.#place = place;
    const board = this.#boards[place];
    heading.textContent = board ? t('options_board_change', board.name) : t('options_board_new');
    for (const part of PARTS) {
      const input = this.#input(part);
      if (board || part !== 'software') input.value = board?.[part] ?? '';
    }
    this.#refuse(null, '');
    form.hidden = false;
    add.hidden = true;
    this.#input('name').focus();
  }

  #close() {
    const { form, add } = this.#parts;
    form.hidden = true;
    add.hidden = false;
    add.focus();
  }

  async #submit() {
    const board = /** @type {OwnBoard} */ (Object.fromEntries(PARTS.map((part) => [part, this.#input(part).value.trim()])));
    try {
      await this.#keep(putAt(this.#boards, this.#place, board));
      this.#close();
    } catch (thrown) {
      const error = HostError.from(thrown);
      this.#refuse(partOf(error.message), objectionText(error, this.#parts.t));
    }
  }

  /** @param {number} place */
  async #remove(place) {
    const { error, add, t } = this.#parts;
    error.textContent = '';
    try {
      await this.#keep(this.#boards.filter((_, at) => at !== place));
      add.focus(); // the button that was pressed is gone
    } catch (thrown) {
      error.textContent = objectionText(thrown, t);
    }
  }

  /** @param {OwnBoard[]} boards */
  async #keep(boards) {
    await this.#parts.keep(boards);
    this.show(boards);
    this.#parts.say(this.#parts.t('options_saved'));
  }

  /**
   * Say what is wrong beside the part it is about.
   * @param {typeof PARTS[number]|null} wrong
   * @param {string} why
   */
  #refuse(wrong, why) {
    const { form, formError } = this.#parts;
    for (const part of PARTS) {
      const place = /** @type {HTMLElement} */ (form.querySelector(`[data-part="${part}"] .error`));
      place.textContent = part === wrong ? why : '';
      this.#input(part).setAttribute('aria-invalid', String(part === wrong));
    }
    formError.textContent = wrong ? '' : why;
    if (wrong) this.#input(wrong).focus();
  }

  /** @param {typeof PARTS[number]} part */
  #input(part) {
    const found = this.#parts.form.querySelector(`[data-part="${part}"] input, [data-part="${part}"] select`);
    return /** @type {HTMLInputElement|HTMLSelectElement} */ (found);
  }
}

/**
 * @param {readonly OwnBoard[]} boards
 * @param {number} place
 * @param {OwnBoard} board
 */
const putAt = (boards, place, board) => [...boards.slice(0, place), board, ...boards.slice(place + 1)];
