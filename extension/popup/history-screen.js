/** The screen of the history: a search, and the jobs that have ended, the last first. */

import { t } from '../shared/i18n.js';
import { byId, make, setAttribute, setText, show } from './dom.js';
import { JobButtons } from './job-buttons.js';
import { VirtualList } from './virtual-list.js';

/** @typedef {import('./history-view.js').HistoryView} HistoryView */
/** @typedef {import('./job-view.js').JobView} JobView */

/** As in screens.css. */
const ROW_PX = 56;

/**
 * @typedef {object} HistoryActions
 * @property {(search: string) => void} onSearch while it is being written
 * @property {() => void} onNear the next page is wanted
 * @property {(isAsking: boolean) => void} onAskToClear
 * @property {() => void} onClear
 * @property {import('./job-buttons.js').OnJobAction} onJob
 */

export class HistoryScreen {
  element = byId('history');
  #search = make('input', {
    type: 'search', autocomplete: 'off', spellcheck: 'false', maxlength: '200', 'data-test': 'history-search',
    'aria-label': t('history_search'), placeholder: t('history_search'),
  });
  #clear = make('button', { type: 'button', class: 'text-button', 'data-test': 'history-clear' }, t('history_clear'));
  #question = make('p', { id: 'history-question' }, t('history_clear_question'));
  #yes = make('button', { type: 'button', class: 'button', 'data-test': 'history-clear-yes' }, t('history_clear_yes'));
  #no = make('button', { type: 'button', class: 'button', 'data-test': 'history-clear-no' }, t('history_clear_no'));
  #ask = make('div', { class: 'question', role: 'alertdialog', 'aria-labelledby': 'history-question' }, this.#question, this.#no, this.#yes);
  #result = make('p', { class: 'visually-hidden', role: 'status', 'data-test': 'history-result' });
  #empty = make('p', { class: 'empty' });
  /** @type {VirtualList<JobView>} */
  #list;

  /** @param {HistoryActions} actions */
  constructor({ onSearch, onNear, onAskToClear, onClear, onJob }) {
    this.#list = new VirtualList({ row_px: ROW_PX, make: () => new Row(onJob), hook: 'history-list', onNear });
    this.#search.addEventListener('input', () => {
      this.#list.rewind();
      onSearch(this.#search.value);
    });
    this.#search.addEventListener('keydown', (event) => {
      // Escape empties the field, and only then leaves the screen
      if (event.key === 'Escape' && this.#search.value !== '') event.stopPropagation();
    });
    this.#clear.addEventListener('click', () => {
      onAskToClear(true);
      show(this.#ask, true);
      this.#no.focus();
    });
    this.#no.addEventListener('click', () => {
      onAskToClear(false);
      show(this.#ask, false);
      this.#clear.focus();
    });
    this.#yes.addEventListener('click', () => {
      onClear();
      this.#search.focus();
    });
    this.element.append(
      make('div', { class: 'screen-head' }, make('div', { class: 'search-row' }, this.#search, this.#clear), this.#ask),
      this.#result, this.#empty, this.#list.element,
    );
  }

  /** Where writing begins. */
  focus() {
    this.#search.focus();
  }

  /** @param {HistoryView} view */
  update(view) {
    if (document.activeElement !== this.#search && this.#search.value !== view.search) this.#search.value = view.search;
    show(this.#clear, view.mayClear && !view.isAskingToClear);
    show(this.#ask, view.isAskingToClear);
    setText(this.#empty, view.empty);
    show(this.#empty, view.empty !== '');
    if (view.result) setText(this.#result, view.result);
    show(this.#list.element, view.ids.length > 0);
    this.#list.update(view.ids, view.row, t('history'));
  }
}

class Row {
  #title = make('button', { type: 'button', class: 'title', 'data-test': 'history-title', dir: 'auto' });
  #state = make('span', { class: 'state' });
  #counts = make('span', { class: 'counts' });
  #ago = make('span', { class: 'figure' });
  #buttons;
  #id = '';
  element;

  /** @param {import('./job-buttons.js').OnJobAction} onJob */
  constructor(onJob) {
    this.#buttons = new JobButtons(onJob, ['pause', 'resume', 'cancel', 'retry', 'reveal', 'remove']);
    this.#title.addEventListener('click', () => onJob('files', this.#id, this.#title));
    const under = make('span', { class: 'under' }, this.#state, this.#counts, this.#ago);
    this.element = make('li', { class: 'past', 'data-test': 'past' }, make('div', { class: 'child-text' }, this.#title, under), this.#buttons.element);
  }

  /** @param {JobView} view */
  update(view) {
    this.#id = view.id;
    setAttribute(this.element, 'data-state', view.state);
    setText(this.#title, view.title);
    setAttribute(this.#title, 'title', `${view.title}\n${view.place}`);
    if (this.#title.disabled === view.hasFiles) this.#title.disabled = !view.hasFiles;
    setText(this.#state, view.stateWord);
    setAttribute(this.#state, 'data-tone', view.tone);
    setText(this.#counts, view.counts);
    setAttribute(this.#counts, 'title', view.note || view.counts);
    setText(this.#ago, view.aside);
    this.#buttons.update(view.actions, view.id, view.title);
  }
}
