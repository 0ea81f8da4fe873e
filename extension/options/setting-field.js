/**
 * One setting on the page: what the person enters goes on at once, and beside it stands that it was kept, or why not. What is
 * being written, or was refused and is to be mended, is the person's; everything else follows what is told.
 */

import { errorText } from '../shared/error-text.js';
import { HostError } from '../shared/protocol.js';

/** @typedef {'text'|'number'|'megabytes'|'flag'|'choice'|'kinds'} Kind */

const BYTES_PER_MEGABYTE = 1_000_000;

/**
 * @typedef {object} SettingFieldParts
 * @property {(name: string, value: unknown) => Promise<unknown>} keep rejects when it cannot be
 * @property {(text: string) => void} say to people who do not see the page
 * @property {import('../shared/i18n.js').Translate} t
 */

/**
 * What the host has against a value, as it is said beside its field: without the setting's own name, and the command for it.
 * @param {unknown} thrown
 * @param {import('../shared/i18n.js').Translate} t
 */
export function objectionText(thrown, t) {
  const error = HostError.from(thrown);
  if (error.code !== 'settings.invalid') return errorText(error, t);
  return error.message.replace(/^[a-z_]+(?:\[[^\]]*\])* cannot be [^]*?: (?=\p{Lu})/u, '');
}

export class SettingField {
  name;
  #element;
  #kind;
  #parts;
  /** @type {(HTMLInputElement|HTMLSelectElement)[]} */
  #inputs;
  #error;
  #label;
  /** What was told last, as the field shows it. @type {unknown} */
  #told;

  /**
   * @param {HTMLElement} element with `data-kind` and the name in `data-setting` or `data-preference`
   * @param {SettingFieldParts} parts
   */
  constructor(element, parts) {
    this.#element = element;
    this.#parts = parts;
    this.name = element.dataset.setting ?? element.dataset.preference ?? '';
    this.#kind = /** @type {Kind} */ (element.dataset.kind);
    this.#inputs = [...element.querySelectorAll('input, select')].map((each) => /** @type {HTMLInputElement} */ (each));
    this.#error = /** @type {HTMLElement} */ (element.querySelector('.error'));
    this.#label = /** @type {HTMLElement} */ (element.querySelector('label, legend'));
    for (const input of this.#inputs) {
      input.addEventListener('input', () => this.#unmark());
      input.addEventListener('change', () => void this.keep());
    }
  }

  /** What is entered; a number is NaN where there is none. */
  get value() {
    const [first] = this.#inputs;
    const text = first?.value.trim() ?? '';
    switch (this.#kind) {
      case 'flag':
        return /** @type {HTMLInputElement} */ (first).checked;
      case 'number':
        return text === '' ? Number.NaN : Number(text);
      case 'megabytes':
        // A field that holds no number has an empty value, too
        return first?.validity.badInput ? Number.NaN : Math.round(Number(text) * BYTES_PER_MEGABYTE);
      case 'kinds': {
        const wanted = this.#inputs.filter((input) => /** @type {HTMLInputElement} */ (input).checked).map((input) => input.value);
        return wanted.length === this.#inputs.length ? [] : wanted;
      }
      default:
        return text;
    }
  }

  /** @param {boolean} isDisabled */
  set disabled(isDisabled) {
    for (const input of this.#inputs) input.disabled = isDisabled;
  }

  /** Follow what is told. @param {unknown} value */
  show(value) {
    this.#told = value;
    if (this.#inputs.some((input) => input === document.activeElement && input.type !== 'checkbox') || this.#error.textContent) return;
    this.#write(value);
  }

  /** Keep what is entered. */
  async keep() {
    const { keep, say, t } = this.#parts;
    const objection = this.#objection();
    if (objection) {
      this.refuse(objection);
      return;
    }
    this.refuse('');
    try {
      await keep(this.name, this.value);
      this.#mark();
      say(t('options_saved'));
    } catch (error) {
      this.refuse(objectionText(error, t));
      // A switch or a choice cannot be mended: it is what it was
      if (this.#kind === 'flag' || this.#kind === 'choice') this.#write(this.#told);
    }
  }

  /** Say what is wrong with what is entered; '' when nothing is. @param {string} why */
  refuse(why) {
    this.#unmark();
    if (this.#error.textContent !== why) this.#error.textContent = why;
    for (const input of this.#inputs) input.setAttribute('aria-invalid', String(why !== ''));
  }

  /** What no host needs to be asked for. */
  #objection() {
    const { value } = this;
    if (Number.isNaN(value)) return this.#parts.t('options_number');
    const isNothing = this.#kind === 'kinds' && this.#inputs.every((input) => !(/** @type {HTMLInputElement} */ (input).checked));
    return isNothing ? this.#parts.t('options_only_none') : '';
  }

  /** @param {unknown} value */
  #write(value) {
    const [first] = this.#inputs;
    if (!first) return;
    if (this.#kind === 'flag') {
      /** @type {HTMLInputElement} */ (first).checked = value === true;
    } else if (this.#kind === 'kinds') {
      const kinds = /** @type {string[]} */ (value);
      for (const input of this.#inputs) /** @type {HTMLInputElement} */ (input).checked = !kinds.length || kinds.includes(input.value);
    } else if (this.#kind === 'megabytes') {
      first.value = value === 0 ? '' : String(Number(value) / BYTES_PER_MEGABYTE);
    } else {
      first.value = String(value);
    }
  }

  #mark() {
    const mark = document.createElement('span');
    mark.className = 'saved';
    mark.dataset.test = `${this.#inputs[0]?.dataset.test}-saved`;
    mark.setAttribute('aria-hidden', 'true'); // it is said
    mark.textContent = this.#parts.t('options_saved');
    this.#label.append(mark);
  }

  #unmark() {
    this.#element.querySelector('.saved')?.remove();
  }
}
