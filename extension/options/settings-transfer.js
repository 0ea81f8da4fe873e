/** The buttons that write the settings into a file, take them from one, and put them back to what they were at first. */

import { errorText } from '../shared/error-text.js';
import { DEFAULT_PREFERENCES } from '../shared/preferences.js';
import { HostError } from '../shared/protocol.js';
import { FILE_NAME, MOST_BYTES, readFile, writeFile } from './settings-file.js';

/** @typedef {import('../shared/preferences.js').PreferenceValues} PreferenceValues */

/**
 * @typedef {object} SettingsTransferParts
 * @property {Record<'export'|'import'|'reset', HTMLButtonElement>} buttons
 * @property {HTMLInputElement} file
 * @property {HTMLDialogElement} dialog whose answer is `reset` or another
 * @property {HTMLElement} done
 * @property {HTMLElement} error
 * @property {(type: string, fields?: Record<string, unknown>) => Promise<any>} request
 * @property {import('../shared/preferences.js').Preferences} preferences
 * @property {(values: PreferenceValues) => Promise<void>} show the preferences as they are now
 * @property {(text: string) => void} say
 * @property {import('../shared/i18n.js').Translate} t
 */

export class SettingsTransfer {
  #parts;

  /** @param {SettingsTransferParts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { buttons, file, dialog } = parts;
    buttons.export.addEventListener('click', () => void this.#try(() => this.#write()));
    buttons.import.addEventListener('click', () => file.click());
    buttons.reset.addEventListener('click', () => dialog.showModal());
    file.addEventListener('change', () => void this.#try(() => this.#read()));
    dialog.addEventListener('close', () => {
      const { returnValue } = dialog;
      dialog.returnValue = ''; // Escape leaves the answer of the last time
      if (returnValue === 'reset') void this.#try(() => this.#reset());
    });
  }

  /** @param {boolean} isDisabled */
  set disabled(isDisabled) {
    for (const button of Object.values(this.#parts.buttons)) button.disabled = isDisabled;
  }

  async #write() {
    const { request, preferences, t } = this.#parts;
    const { settings } = await request('settings.get');
    const url = URL.createObjectURL(new Blob([writeFile(settings, await preferences.get())], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = FILE_NAME;
    link.click();
    URL.revokeObjectURL(url);
    return t('options_exported', FILE_NAME);
  }

  async #read() {
    const { file, t } = this.#parts;
    const [chosen] = file.files ?? [];
    if (!chosen) return '';
    const content = chosen.size > MOST_BYTES ? 'options_file_unreadable' : readFile(await chosen.text());
    file.value = ''; // the same file may be chosen once more
    if (typeof content === 'string') throw new HostError('file.unreadable', t(content, chosen.name));
    await this.#apply(content.settings, content.preferences);
    return t('options_imported', chosen.name);
  }

  async #reset() {
    const { request, t } = this.#parts;
    const { defaults } = await request('settings.get');
    await this.#apply(defaults, DEFAULT_PREFERENCES);
    return t('options_reset_done');
  }

  /**
   * All of it or nothing: the host takes all of its settings or none, and preferences are known to be good.
   * @param {Record<string, unknown>} values
   * @param {Partial<PreferenceValues>} change
   */
  async #apply(values, change) {
    const { request, preferences, show } = this.#parts;
    if (Object.keys(values).length) await request('settings.set', { values });
    await preferences.set(change);
    await show(await preferences.get());
  }

  /** @param {() => Promise<string>} act what was done, in words */
  async #try(act) {
    const { done, error, say, t } = this.#parts;
    done.textContent = '';
    error.textContent = '';
    try {
      done.textContent = await act();
      say(done.textContent);
    } catch (thrown) {
      error.textContent = errorText(HostError.from(thrown), t);
    }
  }
}
