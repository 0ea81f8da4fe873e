/** The keys of the browser that start something of ours, as they are now. */

/**
 * @param {HTMLElement} list
 * @param {readonly chrome.commands.Command[]} commands
 * @param {import('../shared/i18n.js').Translate} t
 */
export function showKeys(list, commands, t) {
  list.replaceChildren(
    ...commands.map(({ name, description, shortcut }) => {
      const what = document.createElement('dt');
      what.textContent = name === '_execute_action' ? t('options_keys_open') : (description ?? '');
      const key = document.createElement('dd');
      if (shortcut) key.append(Object.assign(document.createElement('kbd'), { textContent: shortcut }));
      else key.textContent = t('options_keys_unset');
      const row = document.createElement('div');
      row.append(what, key);
      return row;
    }),
  );
}
