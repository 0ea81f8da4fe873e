/** The field for other addresses: one or many, typed, pasted or dropped, or those of all thread tabs. */

import { t } from '../shared/i18n.js';
import { byId, setAttribute, setText, show } from './dom.js';

/** @typedef {import('./card-view.js').FormCard} FormCard */

/**
 * @typedef {object} FormActions
 * @property {(text: string) => void} onText while it is being written
 * @property {() => void} onStart
 * @property {() => void} onTabs
 * @property {() => void} onClose
 */

export class AddressForm {
  element = /** @type {HTMLFormElement} */ (byId('form'));
  #sentence = byId('form-sentence');
  #field = /** @type {HTMLTextAreaElement} */ (byId('field'));
  #summary = byId('form-summary');
  #error = byId('form-error');
  #submit = /** @type {HTMLButtonElement} */ (byId('submit'));
  #tabs = /** @type {HTMLButtonElement} */ (byId('tabs'));
  #close = byId('form-close');

  /** @param {FormActions} actions */
  constructor({ onText, onStart, onTabs, onClose }) {
    this.#field.addEventListener('input', () => onText(this.#field.value));
    this.#field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      onStart();
    });
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      onStart();
    });
    this.#tabs.addEventListener('click', onTabs);
    this.#close.addEventListener('click', onClose);
  }

  /** @param {FormCard} view */
  update({ sentence, text, summary, error, busy, mayClose, mayTakeTabs }) {
    setText(this.#sentence, sentence);
    // What a person is writing is theirs; what was dropped or taken from tabs comes from elsewhere
    if (this.#field.value !== text) this.#field.value = text;
    setText(this.#summary, summary);
    setText(this.#error, error);
    setAttribute(this.#field, 'aria-invalid', String(error !== ''));
    setText(this.#submit, t(busy ? 'starting' : 'url_start'));
    this.#submit.disabled = busy;
    show(this.#close, mayClose);
    show(this.#tabs, mayTakeTabs);
  }
}
