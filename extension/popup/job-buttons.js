/** The buttons of one job. All are made once and only shown or hidden; `more` opens a menu. */

import { t } from '../shared/i18n.js';
import { make, setAttribute, show } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('../shared/states.js').JobAction} JobAction */
/** @typedef {(action: JobAction, jobId: string, button: HTMLElement) => void} OnJobAction */

/** All there are, in their order. */
const ALL_ACTIONS = /** @type {const} */ (['pause', 'resume', 'cancel', 'retry', 'files', 'reveal', 'remove', 'more']);

/**
 * A button that has come into the place of another takes no press for so long: that is the second half of a double click, or of a double
 * Enter, on the other. Cancel stands where Download stood.
 */
const DOUBLE_PRESS_MS = 500;

export class JobButtons {
  element = make('div', { class: 'buttons' });
  /** @type {Map<JobAction, HTMLButtonElement>} */
  #buttons = new Map();
  /** When each came; those that were there from the start came before time. @type {Map<HTMLButtonElement, number>} */
  #came_ms = new Map();
  #isFirst = true;
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
      button.addEventListener('click', ({ isTrusted }) => {
        if (isTrusted && performance.now() - (this.#came_ms.get(button) ?? -Infinity) < DOUBLE_PRESS_MS) return;
        onAction(action, this.#jobId, button);
      });
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
      if (button.hidden && actions.includes(action) && !this.#isFirst) this.#came_ms.set(button, performance.now());
      show(button, actions.includes(action));
      setAttribute(button, 'aria-label', t('action_of', t(`action_${action}`), title));
    }
    this.#isFirst = false;
  }
}
