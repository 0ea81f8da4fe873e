/** The line above every screen: what the screen is called, the way back, and the ways to the others. */

import { t } from '../shared/i18n.js';
import { byId, setText, show } from './dom.js';
import { icon } from './icons.js';

/** @typedef {'loading'|'main'|'files'|'history'|'host'} ScreenName */

const BUTTONS = /** @type {const} */ ({ back: 'back', add: 'add', 'show-history': 'history', options: 'options', 'notice-close': 'remove' });

/** What the screens that one comes back from are called. @type {Partial<Record<ScreenName, string>>} */
const TITLES = { files: 'files_screen', history: 'history' };

export class Header {
  /** @param {Record<'onBack'|'onAdd'|'onHistory'|'onOptions', () => void>} actions */
  constructor({ onBack, onAdd, onHistory, onOptions }) {
    for (const [id, name] of Object.entries(BUTTONS)) byId(id).append(icon(name));
    byId('back').addEventListener('click', onBack);
    byId('add').addEventListener('click', onAdd);
    byId('show-history').addEventListener('click', onHistory);
    byId('options').addEventListener('click', onOptions);
    for (const id of ['add', 'options']) button(id).disabled = false;
    document.addEventListener('keydown', (event) => {
      const isBack = event.key === 'Escape' || (event.key === 'ArrowLeft' && event.altKey);
      if (!isBack || event.defaultPrevented || byId('back').hidden) return;
      event.preventDefault(); // Escape would close the whole popup
      onBack();
    });
  }

  /** @param {ScreenName} screen */
  update(screen) {
    const title = TITLES[screen];
    show(byId('back'), title !== undefined);
    show(byId('mark'), title === undefined);
    setText(byId('brand'), t(title ?? 'extension_name'));
    for (const id of ['add', 'show-history']) show(byId(id), screen === 'main' || screen === 'loading');
    button('show-history').disabled = screen === 'loading'; // there is nobody to ask yet
  }
}

/** @param {string} id */
const button = (id) => /** @type {HTMLButtonElement} */ (byId(id));
