/** What may be chosen before a start. The fields are the person's while they are used; only what follows from them is painted. */

import { splitName } from '../shared/format.js';
import { t } from '../shared/i18n.js';
import { Disclosure } from './disclosure.js';
import { make, setAttribute, setText, show } from './dom.js';

/** @typedef {import('../shared/types.js').Priority} Priority */
/** @typedef {import('./options-view.js').OptionsView} OptionsView */

const PRIORITIES = /** @type {const} */ (['high', 'normal', 'low']);

/**
 * @typedef {object} OptionsActions
 * @property {() => void} onToggle
 * @property {(filter: string) => void} onFilter while it is being written
 * @property {(watch: boolean) => void} onWatch
 * @property {(priority: Priority) => void} onPriority
 * @property {() => void} onEnter start with what is chosen
 */

export class OptionsPanel {
  #filter = make('input', {
    type: 'text', id: 'option-filter', autocomplete: 'off', spellcheck: 'false', maxlength: '1000', 'data-test': 'filter',
    placeholder: t('filter_placeholder'), 'aria-describedby': 'option-result option-error',
  });
  #result = make('p', { id: 'option-result', class: 'option-result', role: 'status', 'data-test': 'filter-result' });
  #error = make('p', { id: 'option-error', class: 'option-error', role: 'status', 'data-test': 'filter-error', dir: 'auto' });
  #watch = make('input', { type: 'checkbox', id: 'option-watch', 'data-test': 'watch' });
  #watchLabel = make('label', { class: 'option-watch', for: 'option-watch' }, this.#watch, t('watch_thread'));
  #priority = make('select', { id: 'option-priority', 'data-test': 'priority' });
  #directory = make('p', { class: 'preview-directory', dir: 'auto' });
  #names = make('ul', { role: 'list', 'data-test': 'preview-names' });
  #more = make('p', { class: 'preview-more' });
  #preview = make('div', { class: 'preview', 'data-test': 'preview' }, this.#directory, this.#names, this.#more);
  element = make('div', { class: 'options', id: 'option-panel', role: 'group', 'aria-label': t('options') });
  disclosure;

  /** @param {OptionsActions} actions */
  constructor({ onToggle, onFilter, onWatch, onPriority, onEnter }) {
    this.disclosure = new Disclosure(onToggle);
    this.#priority.append(...PRIORITIES.map((priority) => make('option', { value: priority }, t(`priority_${priority}`))));
    this.#filter.addEventListener('input', () => onFilter(this.#filter.value));
    this.#filter.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.isComposing) onEnter();
    });
    this.#watch.addEventListener('change', () => onWatch(this.#watch.checked));
    this.#priority.addEventListener('change', () => onPriority(/** @type {Priority} */ (this.#priority.value)));
    const label = make('label', { for: 'option-filter' }, t('filter'));
    const place = make('label', { class: 'option-priority', for: 'option-priority' }, t('priority'), this.#priority);
    this.element.append(
      make('div', { class: 'option-row' }, this.#watchLabel, place),
      make('div', { class: 'option-filter' }, label, this.#result, this.#filter),
      make('div', { class: 'option-feedback' }, this.#error, this.#preview),
    );
    this.element.hidden = true;
  }

  /** @param {OptionsView|null} view */
  update(view) {
    const isOpen = view?.isOpen ?? false;
    this.disclosure.update(view && { label: t('options'), name: t('options_of_download'), hook: 'unfold-options', isOpen, controls: 'option-panel' });
    const wasOpen = !this.element.hidden;
    show(this.element, isOpen);
    if (!view || !isOpen) return;
    if (!wasOpen || (document.activeElement !== this.#filter && this.#filter.value.trim() !== view.filter.trim())) {
      this.#filter.value = view.filter;
    }
    this.#watch.checked = view.watch;
    show(this.#watchLabel, view.mayWatch);
    this.#priority.value = view.priority;
    setAttribute(this.#filter, 'aria-invalid', String(view.error !== ''));
    setText(this.#error, view.error);
    setText(this.#result, view.result);
    // Not said again and again while the person writes
    setAttribute(this.#result, 'aria-busy', String(view.isBusy));
    this.#showPreview(view);
  }

  /** @param {OptionsView} view */
  #showPreview({ error, directory, names, more }) {
    show(this.#preview, error === '' && directory !== '');
    setText(this.#directory, directory);
    setAttribute(this.#directory, 'title', directory);
    const shown = [...this.#names.children].map((each) => each.getAttribute('title'));
    if (names.join('\n') !== shown.join('\n')) this.#names.replaceChildren(...names.map(nameRow));
    setText(this.#more, more);
  }
}

/** @param {string} name */
function nameRow(name) {
  const [head, tail] = splitName(name);
  const parts = [make('span', { class: 'name-head' }, head), make('span', { class: 'name-tail' }, tail)];
  return make('li', { class: 'name', dir: 'auto', title: name }, ...parts);
}
