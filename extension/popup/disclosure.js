/** A quiet button that unfolds something: its word, and a sign that turns. */

import { make, setAttribute, setText, show } from './dom.js';
import { icon } from './icons.js';

export class Disclosure {
  #word = make('span');
  element = make('button', { type: 'button', class: 'disclosure', 'aria-expanded': 'false' }, this.#word, icon('chevron'));

  /** @param {() => void} onToggle */
  constructor(onToggle) {
    this.element.addEventListener('click', onToggle);
    this.element.hidden = true;
  }

  /**
   * @param {{label: string, name: string, hook: string, isOpen: boolean, controls: string}|null} view nothing to unfold, or
   * its word, what a screen reader says, a name for tests, and the id of what it unfolds
   */
  update(view) {
    show(this.element, view !== null);
    if (!view) return;
    setText(this.#word, view.label);
    setAttribute(this.element, 'aria-label', view.name);
    setAttribute(this.element, 'data-test', view.hook);
    setAttribute(this.element, 'aria-expanded', String(view.isOpen));
    setAttribute(this.element, 'aria-controls', view.controls);
  }
}
