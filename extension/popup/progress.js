/** A progress bar: how far, or that nobody knows how far yet. */

import { t } from '../shared/i18n.js';
import { make, setAttribute } from './dom.js';

export class Progress {
  #fill = make('div', { class: 'progress-fill' });
  element = make('div', { class: 'progress', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' }, this.#fill);

  /** @param {string} [hook] name for tests */
  constructor(hook) {
    this.element.setAttribute('aria-label', t('progress'));
    if (hook) this.element.setAttribute('data-test', hook);
  }

  /**
   * @param {number|null} fraction 0 to 1; null while unknown
   * @param {string} tone
   */
  update(fraction, tone) {
    setAttribute(this.element, 'data-tone', tone);
    this.element.toggleAttribute('data-unknown', fraction === null);
    if (fraction === null) {
      this.element.removeAttribute('aria-valuenow');
      this.#fill.style.removeProperty('--done');
      return;
    }
    setAttribute(this.element, 'aria-valuenow', String(Math.floor(fraction * 100)));
    this.#fill.style.setProperty('--done', `${fraction}`);
  }
}
