/** The page that is shown when the program on this computer is not there: why, and the one command that repairs it. */

import { t } from '../shared/i18n.js';
import { byId, setAttribute, setText, show } from './dom.js';
import { icon } from './icons.js';

/** How long the copy button says that it has copied. */
const COPIED_MS = 2_000;

export class HostScreen {
  element = byId('host');
  #heading = byId('host-heading');
  #sentence = byId('host-sentence');
  #advice = byId('host-advice');
  #command = byId('host-command');
  #commandBox = byId('host-command-box');
  #before = byId('host-before');
  #beforeCommand = byId('host-before-command');
  #detail = byId('host-detail');
  #again = /** @type {HTMLButtonElement} */ (byId('host-again'));

  /**
   * @param {() => void} onAgain
   * @param {import('../shared/clock.js').Clock} clock
   */
  constructor(onAgain, clock) {
    this.#again.addEventListener('click', () => {
      if (!this.#again.hasAttribute('aria-disabled')) onAgain();
    });
    const copy = byId('host-copy');
    copy.append(icon('copy'));
    copy.addEventListener('click', async () => {
      await navigator.clipboard.writeText(this.#command.textContent ?? '');
      copy.dataset.copied = '';
      setText(byId('host-copied'), t('copied'));
      clock.after(() => {
        delete copy.dataset.copied;
        setText(byId('host-copied'), '');
      }, COPIED_MS);
    });
  }

  /**
   * @param {import('./host-view.js').HostView} view
   * @param {boolean} trying
   */
  update(view, trying) {
    setAttribute(this.element, 'data-reason', view.code);
    setText(this.#heading, view.heading);
    setText(this.#sentence, view.sentence);
    setText(this.#advice, view.advice);
    setText(this.#command, view.command);
    show(this.#commandBox, view.command !== '');
    setText(this.#beforeCommand, view.before);
    show(this.#before, view.before !== '');
    setText(this.#detail, view.detail);
    setText(this.#again, t(trying ? 'host_trying' : 'host_again'));
    // Not `disabled`: the button keeps the focus for the next try
    this.#again.toggleAttribute('aria-disabled', trying);
    if (document.activeElement === document.body) this.#again.focus();
  }
}
