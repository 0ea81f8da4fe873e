/** The menu of one job: its place in the queue, and whether its thread is watched. One menu serves all jobs. */

import { t } from '../shared/i18n.js';
import { byId, make, setAttribute, show } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('../shared/types.js').Priority} Priority */
/** @typedef {import('./job-view.js').JobView} JobView */

/** What each entry stands for, and what it asks for: `critical` is for a picture that was just clicked. */
const PLACES = /** @type {readonly [name: string, priority: Priority, means: Priority[]][]} */ ([
  ['top', 'high', ['critical', 'high']],
  ['normal', 'normal', ['normal']],
  ['low', 'low', ['low', 'background']],
]);

/** From the menu to the edge of the popup, and to its button. */
const GAP_PX = 4;
/** The press that closes the menu is also a click on its button; it must not open it again. */
const SAME_PRESS_MS = 250;

export class JobMenu {
  #menu = byId('job-menu');
  #places = PLACES.map(([name, priority, means]) => ({ item: entry('menuitemradio', `place_${name}`, name), priority, means }));
  #watch = entry('menuitemcheckbox', 'watch_thread', 'watch');
  #line = make('hr');
  /** @type {HTMLElement|null} */
  #button = null;
  /** @type {JobView|null} */
  #job = null;
  /** @type {{button: HTMLElement|null, at_ms: number}} */
  #lastClosed = { button: null, at_ms: 0 };

  /**
   * @param {(job: string, priority: Priority) => void} onPriority
   * @param {(job: string, watch: boolean) => void} onWatch
   */
  constructor(onPriority, onWatch) {
    this.#menu.append(...this.#places.map(({ item }) => item), this.#line, this.#watch);
    for (const { item, priority } of this.#places) {
      item.addEventListener('click', () => this.#choose((job) => onPriority(job.id, priority)));
    }
    this.#watch.addEventListener('click', () => this.#choose((job) => onWatch(job.id, !job.isWatched)));
    this.#menu.addEventListener('keydown', (event) => this.#key(event));
    this.#menu.addEventListener('beforetoggle', (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === 'closed') this.#closed();
    });
  }

  /**
   * @param {JobView} job
   * @param {HTMLElement} button beside which it opens
   */
  open(job, button) {
    if (this.#lastClosed.button === button && performance.now() - this.#lastClosed.at_ms < SAME_PRESS_MS) return;
    this.#job = job;
    this.#button = button;
    setAttribute(this.#menu, 'aria-label', t('action_of', t('action_more'), job.title));
    for (const { item, means } of this.#places) setAttribute(item, 'aria-checked', String(means.includes(job.priority)));
    setAttribute(this.#watch, 'aria-checked', String(job.isWatched));
    for (const element of [this.#watch, this.#line]) show(element, job.mayBeWatched);
    setAttribute(button, 'aria-expanded', 'true');
    this.#menu.showPopover();
    this.#place(button.getBoundingClientRect());
    (this.#places.find(({ item }) => item.getAttribute('aria-checked') === 'true')?.item ?? this.#watch).focus();
  }

  /** @param {DOMRect} anchor */
  #place(anchor) {
    const { offsetWidth: width, offsetHeight: height } = this.#menu;
    const { innerWidth, innerHeight } = globalThis;
    const below = anchor.bottom + GAP_PX;
    const top = below + height + GAP_PX <= innerHeight ? below : Math.max(GAP_PX, anchor.top - height - GAP_PX);
    const left = document.documentElement.dir === 'rtl' ? anchor.left : anchor.right - width;
    this.#menu.style.setProperty('top', `${top}px`);
    this.#menu.style.setProperty('left', `${Math.min(Math.max(GAP_PX, left), innerWidth - width - GAP_PX)}px`);
  }

  /** @param {(job: JobView) => void} act */
  #choose(act) {
    const job = this.#job;
    this.#menu.hidePopover();
    if (job) act(job);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const items = [...this.#places.map(({ item }) => item), this.#watch].filter((item) => !item.hidden);
    const here = items.findIndex((item) => item === document.activeElement);
    /** @type {Record<string, number>} */
    const places = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 };
    const place = places[event.key];
    if (place !== undefined) items.at(place % items.length)?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') this.#menu.hidePopover();
    else return;
    event.preventDefault(); // Escape is for the menu, not for the whole popup
  }

  #closed() {
    if (this.#button) setAttribute(this.#button, 'aria-expanded', 'false');
    if (document.activeElement === document.body || this.#menu.contains(document.activeElement)) this.#button?.focus();
    this.#lastClosed = { button: this.#button, at_ms: performance.now() };
    this.#button = null;
    this.#job = null;
  }
}

/**
 * @param {'menuitemradio'|'menuitemcheckbox'} role
 * @param {string} key of its words
 * @param {string} name for tests
 */
function entry(role, key, name) {
  return make('button', { type: 'button', role, tabindex: '-1', 'data-test': `menu-${name}` }, icon('check'), t(key));
}
