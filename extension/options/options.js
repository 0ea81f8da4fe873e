/**
 * The options page: the download folder, whether the click itself starts, which sites are known, and what is sent where.
 * The settings are the host's; this page shows them and asks for changes.
 */

import { BackgroundLink } from '../shared/background-link.js';
import { browser } from '../shared/browser.js';
import { systemClock } from '../shared/clock.js';
import { errorText } from '../shared/error-text.js';
import { localise, t } from '../shared/i18n.js';
import { HostError } from '../shared/protocol.js';

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const choose = /** @type {HTMLButtonElement} */ (byId('choose'));
const startOnClick = /** @type {HTMLInputElement} */ (byId('start-on-click'));

const link = new BackgroundLink({
  connect: (name) => browser.runtime.connect({ name }),
  clock: systemClock,
  onMessage(message) {
    if (message.type === 'snapshot') {
      showSites(message.sites);
      showStatus(message.host);
      if (message.settings) showSettings(message.settings);
    }
    if (message.type === 'host.status') showStatus(message.host);
    if (message.type === 'settings.changed') showSettings(message.settings);
  },
});

/** @param {import('../shared/types.js').HostStatus} host */
function showStatus({ phase, version }) {
  const isThere = phase === 'open';
  byId('status').textContent = isThere ? t('options_version', version ?? '') : t('options_no_host');
  choose.disabled = !isThere;
  startOnClick.disabled = !isThere;
}

/** @param {import('../shared/types.js').Settings} settings */
function showSettings({ directory, start_on_click }) {
  byId('folder').textContent = directory ?? t('options_folder_default');
  startOnClick.checked = start_on_click;
}

/** @param {readonly import('../shared/types.js').Site[]} sites */
function showSites(sites) {
  byId('sites').replaceChildren(
    ...sites.map(({ name }) => {
      const item = document.createElement('li');
      item.textContent = name;
      return item;
    }),
  );
}

/**
 * Ask for a change; what is wrong with it is said beside the field.
 * @param {HTMLElement} errorPlace
 * @param {string} type
 * @param {Record<string, unknown>} [fields]
 */
async function change(errorPlace, type, fields) {
  errorPlace.textContent = '';
  try {
    await link.request(type, fields);
    return true;
  } catch (error) {
    errorPlace.textContent = errorText(HostError.from(error), t);
    return false;
  }
}

choose.addEventListener('click', async () => {
  choose.disabled = true;
  await change(byId('folder-error'), 'folder.choose');
  choose.disabled = false;
});

startOnClick.addEventListener('change', async () => {
  const wanted = startOnClick.checked;
  const done = await change(byId('start-error'), 'settings.set', { values: { start_on_click: wanted } });
  if (!done) startOnClick.checked = !wanted;
});

localise(document);
link.open();
