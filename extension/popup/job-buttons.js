/** The buttons of one job. All are made once and only shown or hidden; `more` opens a menu. */

import { t } from '../shared/i18n.js';
import { make, setAttribute, show } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('../shared/states.js').JobAction} JobAction */
/** @typedef {(action: JobAction, jobId: string, button: HTMLElement) => void} OnJobAction */

/** All there are, in their order. */
const ALL_ACTIONS = /** @type {const} */ (['pause', 'resume', 'cancel', 'retry', 'files', 'reveal', 'remove', 'more']);

export class JobButtons {
  element = make('div', { class: 'buttons' });
  /** @type {Map<JobAction, HTMLButtonElement>} */
  #buttons = new Map();
  #jobId = '';

  /**
   * @param {OnJobAction} onAction
   * @param {readonly JobAction[]} actions those that there are buttons for
   * @param {boolean} isWorded whether they show their word beside the sign
   */
  constructor(onAction, actions = ALL_ACTIONS, isWorded = false) {
    for (const action of actions) {
      const word = t(`action_${action}`);
      const button = make('button', { type: 'button', 'data-test': action, title: t(`action_${action}_title`) }, icon(action));
      button.className = isWorded ? 'button' : 'icon-button';
      if (isWorded) button.append(word);
      button.addEventListener('click', () => onAction(action, this.#jobId, button));
      if (action === 'more') {
        button.setAttribute('aria-haspopup', 'menu');
        button.setAttribute('aria-expanded', 'false');
      }
      this.#buttons.set(action, button);
      this.element.append(button);
    }
  }

  /**
   * @param {readonly JobAction[]} actions those that are possible now
   * @param {string} jobId
   * @param {string} title of the job: what a screen reader says with each button
   */
  update(actions, jobId, title) {
    this.#jobId = jobId;
    for (const [action, button] of this.#buttons) {
      show(button, actions.includes(action));
      setAttribute(button, 'aria-label', t('action_of', t(`action_${action}`), title));
    }
  }
}
