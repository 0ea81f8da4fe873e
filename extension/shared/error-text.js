/**
 * A failure in the person's words: the host writes its own sentences, those of the extension itself come from _locales.
 */

/** @type {Readonly<Record<string, string>>} */
const OURS = Object.freeze({
  'request.timeout': 'error_timeout',
  'background.gone': 'error_background',
  host_missing: 'trouble_host',
  host_forbidden: 'trouble_host',
  host_exited: 'trouble_host',
  host_broken: 'trouble_host',
  protocol_unsupported: 'trouble_host',
  unknown: 'trouble_host',
});

/**
 * What happened, and what to do next; the latter may be empty.
 * @param {import('./types.js').ErrorInfo} error
 * @param {import('./i18n.js').Translate} t
 * @returns {{message: string, hint: string}}
 */
export function errorWords({ code, message, hint }, t) {
  const key = Object.hasOwn(OURS, code) ? OURS[code] : undefined;
  return key ? { message: t(key), hint: '' } : { message, hint };
}

/**
 * Both in one.
 * @param {import('./types.js').ErrorInfo} error
 * @param {import('./i18n.js').Translate} t
 */
export function errorText(error, t) {
  const { message, hint } = errorWords(error, t);
  return hint ? t('sentences', message, hint) : message;
}
