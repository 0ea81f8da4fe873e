/** The screen of one job's files: a bar of their states, one button for each state, and the files themselves. */

import { splitName } from '../shared/format.js';
import { t } from '../shared/i18n.js';
import { byId, keepingFocus, make, setAttribute, setText, show } from './dom.js';
import { icon } from './icons.js';
import { StateBar } from './state-bar.js';
import { VirtualList } from './virtual-list.js';

/** @typedef {import('./files-view.js').FilesView} FilesView */
/** @typedef {import('./files-view.js').FileRow} FileRow */
/** @typedef {import('./files-view.js').FileAction} FileAction */
/** @typedef {(action: FileAction, file: string) => void} OnFile */

/** As in screens.css. */
const ROW_PX = 44;

const ACTIONS = /** @type {readonly FileAction[]} */ (['retry', 'open', 'reveal']);

export class FilesScreen {
  element = byId('files');
  #title = make('h2', { class: 'screen-title', dir: 'auto', 'data-test': 'files-title' });
  #sentence = make('p', { class: 'screen-sentence', 'data-test': 'files-sentence' });
  #bar = new StateBar();
  #filters = make('div', { class: 'filters', role: 'group', 'aria-label': t('files_filter') });
  #empty = make('p', { class: 'empty', role: 'status' });
  /** @type {VirtualList<FileRow>} */
  #list;
  /** @type {Map<string, {button: HTMLButtonElement, word: HTMLElement, number: HTMLElement}>} */
  #buttons = new Map();
  #onFilter;
  #job = '';

  /**
   * @param {OnFile} onFile
   * @param {(state: import('../shared/types.js').FileState|null) => void} onFilter
   */
  constructor(onFile, onFilter) {
    this.#onFilter = onFilter;
    this.#list = new VirtualList({ row_px: ROW_PX, make: () => new Row(onFile), hook: 'files-list' });
    this.element.append(
      make('div', { class: 'screen-head' }, this.#title, this.#sentence, this.#bar.element, this.#filters),
      this.#empty,
      this.#list.element,
    );
  }

  /** @param {FilesView} view */
  update(view) {
    if (view.job !== this.#job) this.#list.rewind();
    this.#job = view.job;
    setText(this.#title, view.title);
    setAttribute(this.#title, 'title', view.title);
    setText(this.#sentence, view.sentence);
    this.#bar.update(view.parts, view.sentence);
    this.#showFilters(view);
    setText(this.#empty, view.empty);
    show(this.#empty, view.empty !== '');
    show(this.#list.element, view.ids.length > 0);
    this.#list.update(view.ids, view.row, t('action_of', t('files_list'), view.title));
  }

  /** @param {FilesView} view */
  #showFilters({ parts, only, total }) {
    const wanted = [{ state: 'all', group: 'all', word: t('files_all'), number: total }, ...parts];
    keepingFocus(this.#filters, () => {
      const states = new Set(wanted.map(({ state }) => String(state)));
      for (const [state, { button }] of this.#buttons) {
        if (states.has(state)) continue;
        button.remove();
        this.#buttons.delete(state);
      }
      wanted.forEach(({ state, group, word, number }, place) => {
        const known = this.#buttons.get(state) ?? this.#makeFilter(state);
        setAttribute(known.button, 'data-group', group);
        setAttribute(known.button, 'aria-pressed', String((only ?? 'all') === state));
        setText(known.word, word);
        setText(known.number, number);
        const there = this.#filters.children[place] ?? null;
        if (there !== known.button) this.#filters.insertBefore(known.button, there);
      });
      show(this.#filters, parts.length > 1);
    });
  }

  /** @param {string} state */
  #makeFilter(state) {
    const [word, number] = [make('span'), make('span', { class: 'filter-number' })];
    const button = make('button', { type: 'button', class: 'filter', 'data-test': `filter-${state}` }, word, number);
    button.addEventListener('click', () => {
      this.#list.rewind();
      this.#onFilter(state === 'all' ? null : /** @type {import('../shared/types.js').FileState} */ (state));
    });
    const made = { button, word, number };
    this.#buttons.set(state, made);
    return made;
  }
}

class Row {
  #sign = make('span', { class: 'file-sign', 'aria-hidden': 'true' });
  #head = make('span', { class: 'name-head' });
  #tail = make('span', { class: 'name-tail' });
  #name = make('span', { class: 'name', dir: 'auto', 'data-test': 'file-name' }, this.#head, this.#tail);
  #words = make('span', { class: 'file-words', 'data-test': 'file-words' });
  #size = make('span', { class: 'figure' });
  /** @type {Map<FileAction, HTMLButtonElement>} */
  #buttons = new Map();
  #id = '';
  element;

  /** @param {OnFile} onFile */
  constructor(onFile) {
    for (const action of ACTIONS) {
      const button = make('button', { type: 'button', class: 'icon-button', 'data-test': `file-${action}`, title: t(`file_action_${action}`) }, icon(action));
      button.addEventListener('click', () => onFile(action, this.#id));
      this.#buttons.set(action, button);
    }
    const under = make('span', { class: 'under' }, this.#words, this.#size);
    const buttons = make('div', { class: 'buttons' }, ...this.#buttons.values());
    this.element = make('li', { class: 'file', 'data-test': 'file' }, this.#sign, make('div', { class: 'file-text' }, this.#name, under), buttons);
    this.element.addEventListener('dblclick', () => this.#main()?.click());
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target === this.element) this.#main()?.click();
    });
  }

  /** What Enter does: what is done most. */
  #main() {
    return /** @type {const} */ (['open', 'retry', 'reveal']).map((action) => this.#buttons.get(action)).find((button) => button && !button.hidden);
  }

  /** @param {FileRow} view */
  update({ id, name, state, group, words, size, actions }) {
    this.#id = id;
    setAttribute(this.element, 'data-state', state);
    setAttribute(this.#sign, 'data-group', group);
    const [head, tail] = splitName(name);
    setText(this.#head, head);
    setText(this.#tail, tail);
    setAttribute(this.#name, 'title', name);
    setText(this.#words, words);
    setText(this.#size, size);
    for (const [action, button] of this.#buttons) {
      setAttribute(button, 'aria-label', t('action_of', t(`file_action_${action}`), name));
      if (button.hidden !== actions.includes(action)) continue;
      if (button === document.activeElement) this.element.focus();
      button.hidden = !actions.includes(action);
    }
  }
}
