/** Paints the whole popup from one value: which screen is shown, and what is on it. */

import { browser } from '../shared/browser.js';
import { Announcer } from './announcer.js';
import { Card } from './card.js';
import { byId, setText, show } from './dom.js';
import { FilesScreen } from './files-screen.js';
import { Header } from './header.js';
import { HistoryScreen } from './history-screen.js';
import { HostScreen } from './host-screen.js';
import { JobList } from './job-list.js';
import { LogList } from './log-list.js';
import { Welcome } from './welcome.js';

/** @typedef {import('./card.js').CardActions} CardActions */

/**
 * What the person may do, on any screen.
 * @typedef {object} PopupActions
 * @property {ConstructorParameters<typeof Header>[0]} header
 * @property {Pick<CardActions, 'onButton'|'form'> & {options: Omit<CardActions['options'], 'onEnter'>}} card
 * @property {import('./unfolding.js').UnfoldingActions} jobs
 * @property {{onFile: import('./files-screen.js').OnFile, onFilter: (state: import('../shared/types.js').FileState|null) => void}} files
 * @property {Omit<import('./history-screen.js').HistoryActions, 'onJob'>} history
 * @property {() => void} onHostAgain
 * @property {() => void} onWelcome it is known whether what a new user reads was read
 */

export class Painter {
  #card;
  #jobs;
  #log = new LogList();
  #host;
  #files;
  #history;
  #welcome;
  #header;
  #announcer = new Announcer();

  /**
   * @param {PopupActions} actions
   * @param {import('../shared/clock.js').Clock} clock
   */
  constructor({ header, card, jobs, files, history, onHostAgain, onWelcome }, clock) {
    this.#header = new Header(header);
    const options = { ...card.options, onEnter: () => this.#card.pressPrimary() };
    this.#card = new Card({ ...card, options, onJob: jobs.onJob, unfolding: jobs });
    this.#jobs = new JobList(jobs);
    this.#files = new FilesScreen(files.onFile, files.onFilter);
    this.#history = new HistoryScreen({ ...history, onJob: jobs.onJob });
    this.#host = new HostScreen(onHostAgain, clock);
    this.#welcome = new Welcome(browser.storage.local, onWelcome);
    void this.#welcome.open().then(onWelcome);
  }

  /** @param {import('./view.js').PopupView} view */
  update(view) {
    document.body.dataset.screen = view.screen;
    this.#header.update(view.screen);
    for (const screen of /** @type {const} */ (['files', 'history', 'host'])) show(byId(screen), view.screen === screen);
    show(byId('main'), view.screen === 'main' || view.screen === 'loading');
    const notice = 'notice' in view ? view.notice : '';
    setText(byId('notice-text'), notice);
    show(byId('notice'), notice !== '');
    if (view.screen === 'host') this.#host.update(view.host, view.trying);
    if (view.screen === 'files') this.#files.update(view.files);
    if (view.screen === 'history') this.#history.update(view.history);
    if (view.screen === 'main') this.#updateMain(view);
    this.#welcome.update(view.screen === 'host' || (view.screen === 'main' && view.isQuiet), view.screen === 'host' ? byId('host') : byId('main'));
  }

  /** @param {import('./view.js').MainView} view */
  #updateMain({ card, jobs, unfolded, log }) {
    this.#card.update(card, unfolded);
    this.#jobs.update(jobs, unfolded);
    this.#log.update(log);
    this.#announcer.update(card.kind === 'job' ? [card.job, ...jobs] : jobs);
  }

  /** What comes next in the card was asked for. */
  wantFocus() {
    this.#card.wantFocus();
  }

  /** Where a screen that was just opened begins. @param {import('./view.js').PopupView['screen']} screen */
  focusScreen(screen) {
    (screen === 'history' ? this.#history : byId('back')).focus();
  }
}
