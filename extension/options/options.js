/**
 * The options page. Most settings are the host's: this page shows them, asks for changes, and says what the host has against
 * one beside its field. What concerns this browser only is kept by the browser.
 */

import { BackgroundLink } from '../shared/background-link.js';
import { browser, openKeySettings } from '../shared/browser.js';
import { systemClock } from '../shared/clock.js';
import { errorText } from '../shared/error-text.js';
import { FetchHosts } from '../shared/fetch-hosts.js';
import { localise, t } from '../shared/i18n.js';
import { OnPage } from '../shared/on-page.js';
import { Preferences } from '../shared/preferences.js';
import { HostError } from '../shared/protocol.js';
import { BoardTable } from './board-table.js';
import { FetchHostList } from './fetch-host-list.js';
import { showKeys } from './key-list.js';
import { NamePreview } from './name-preview.js';
import { OnPageSwitch } from './on-page-switch.js';
import { SettingField } from './setting-field.js';
import { SettingsTransfer } from './settings-transfer.js';

/** @typedef {import('../shared/preferences.js').PreferenceValues} PreferenceValues */
/** @typedef {import('./board-table.js').OwnBoard} OwnBoard */

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const buttonById = (id) => /** @type {HTMLButtonElement} */ (byId(id));

localise(document);

const preferences = new Preferences(browser.storage.local);
const choose = buttonById('choose');
const onPage = new OnPage(browser, browser.storage.local);
const onPageSwitch = new OnPageSwitch(onPage, /** @type {HTMLInputElement} */ (byId('on-page')), byId('on-page-error'), t);

const link = new BackgroundLink({
  connect: (name) => browser.runtime.connect({ name }),
  clock: systemClock,
  onMessage(message) {
    if (message.type === 'snapshot') showSnapshot(message);
    if (message.type === 'host.status') showStatus(message.host);
    if (message.type === 'settings.changed') showSettings(message.settings);
  },
});

/** @param {string} selector */
const fieldsOf = (selector) => [...document.querySelectorAll(selector)].map((each) => /** @type {HTMLElement} */ (each));
/** Said once more when it is the same again. @param {string} text */
function say(text) {
  byId('said').textContent = '';
  systemClock.after(() => (byId('said').textContent = text), 100);
}

const settingFields = fieldsOf('[data-setting]').map(
  (element) => new SettingField(element, { keep: (name, value) => link.request('settings.set', { values: { [name]: value } }), say, t }),
);
const preferenceFields = fieldsOf('[data-preference]').map((element) => new SettingField(element, { keep: keepPreference, say, t }));

const preview = new NamePreview({
  request: (type, fields) => link.request(type, fields),
  show({ state, title, directory, names }) {
    byId('preview').setAttribute('aria-busy', String(state === 'busy'));
    const about = { none: t('options_preview_none'), gone: t('options_preview_gone'), busy: '', shown: t('options_preview', title) };
    byId('preview-about').textContent = about[state] || byId('preview-about').textContent;
    byId('preview-folder').textContent = directory;
    byId('preview-names').replaceChildren(...names.map(listItem));
  },
  judge(name, error) {
    settingFields.find((field) => field.name === name)?.refuse(error ? errorText(error, t) : '');
  },
  clock: systemClock,
});

const boards = new BoardTable({
  table: byId('boards'),
  rows: byId('board-rows'),
  template: /** @type {HTMLTemplateElement} */ (byId('board-row')),
  error: byId('boards-error'),
  add: buttonById('add-board'),
  form: /** @type {HTMLFormElement} */ (byId('board-form')),
  heading: byId('board-form-heading'),
  formError: byId('board-error'),
  cancel: buttonById('board-cancel'),
  keep: (changed) => link.request('settings.set', { values: { boards: changed } }),
  say,
  t,
});

const transfer = new SettingsTransfer({
  buttons: { export: buttonById('export'), import: buttonById('import'), reset: buttonById('reset') },
  file: /** @type {HTMLInputElement} */ (byId('import-file')),
  dialog: /** @type {HTMLDialogElement} */ (byId('reset-dialog')),
  done: byId('file-done'),
  error: byId('file-error'),
  request: (type, fields) => link.request(type, fields),
  preferences,
  show: showPreferences,
  say,
  t,
});

/** @param {import('../shared/types.js').Snapshot} snapshot */
function showSnapshot({ host, settings, sites, jobs }) {
  const own = /** @type {OwnBoard[]} */ (settings?.boards ?? []).map(({ name }) => name);
  byId('sites').replaceChildren(...sites.filter(({ name }) => !own.includes(name)).map(({ name }) => listItem(name)));
  void onPageSwitch.show(sites);
  showStatus(host);
  if (settings) showSettings(settings);
  if (preview.know(jobs) && host.phase === 'open') void preview.look(templates());
  if (host.phase === 'open') void learnSoftware();
}

/** @param {import('../shared/types.js').HostStatus} host */
function showStatus({ phase, version }) {
  const isThere = phase === 'open';
  byId('status').textContent = isThere ? t('options_version', version ?? '') : t('options_no_host');
  byId('status').dataset.phase = phase;
  choose.disabled = !isThere;
  for (const part of [...settingFields, boards, transfer]) part.disabled = !isThere;
}

/** @param {import('../shared/types.js').Settings} settings */
function showSettings(settings) {
  byId('folder').textContent = settings.directory ?? t('options_folder_default');
  for (const field of settingFields) if (field.name in settings) field.show(settings[field.name]);
  boards.show(/** @type {OwnBoard[]} */ (settings.boards ?? []));
}

async function learnSoftware() {
  const { software } = await link.request('settings.get').catch(() => ({ software: [] }));
  boards.offer(software);
}

/** @param {PreferenceValues} values */
async function showPreferences(values) {
  // What the browser does not allow (any more) is not done
  const isAllowed = await browser.permissions.contains({ permissions: ['notifications'] });
  const shown = { ...values, notifications: isAllowed ? values.notifications : 'none' };
  for (const field of preferenceFields) field.show(shown[/** @type {keyof PreferenceValues} */ (field.name)]);
  dispatchEvent(new StorageEvent('storage')); // the colours of this page, as those of others
}

/**
 * @param {string} name
 * @param {unknown} value
 */
async function keepPreference(name, value) {
  // At once, in the event of the choice: else the browser does not ask
  if (name === 'notifications' && value !== 'none' && !(await browser.permissions.request({ permissions: ['notifications'] }))) {
    throw new HostError('permission.refused', t('options_on_page_refused'));
  }
  await preferences.set({ [name]: value });
  await showPreferences(await preferences.get());
}

/** @returns {import('./name-preview.js').Templates} what can be tried out: an empty one cannot */
function templates() {
  const written = settingFields.filter(({ name }) => name === 'folder_template' || name === 'name_template');
  return Object.fromEntries(written.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]));
}

for (const name of /** @type {const} */ (['folder_template', 'name_template'])) {
  byId(name.replace('_', '-')).addEventListener('input', () => preview.write(name, templates()));
}

choose.addEventListener('click', async () => {
  const [error, command] = [byId('folder-error'), byId('folder-command')];
  choose.disabled = true;
  error.textContent = '';
  try {
    await link.request('folder.choose');
    command.hidden = true;
  } catch (thrown) {
    const what = HostError.from(thrown);
    command.hidden = what.code !== 'desktop.no_chooser';
    if (command.hidden) error.textContent = errorText(what, t);
  }
  choose.disabled = false;
});

/** @param {string} text */
function listItem(text) {
  const item = document.createElement('li');
  const words = document.createElement('bdi'); // a name may run the other way
  words.textContent = text;
  item.append(words);
  return item;
}

const fetchHosts = new FetchHosts(browser.permissions, browser.storage.local);
const fetchHostList = new FetchHostList(fetchHosts, { list: byId('fetch-hosts'), empty: byId('fetch-empty') }, t);
for (const event of [browser.storage.local.onChanged, browser.permissions.onRemoved]) event.addListener(() => void fetchHostList.show());
void fetchHostList.show();
browser.permissions.onRemoved.addListener(async () => showPreferences(await preferences.get()));

byId('change-keys').addEventListener('click', () => void openKeySettings());
addEventListener('focus', async () => showKeys(byId('keys'), await browser.commands.getAll(), t));
showKeys(byId('keys'), await browser.commands.getAll(), t);
await showPreferences(await preferences.get());
link.open();
