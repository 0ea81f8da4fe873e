/**
 * What to say when the program on this computer does not answer: why, as far as the browser tells, and the one command
 * that repairs it. Pure.
 */

import { PROTOCOL } from '../shared/protocol.js';

/** @typedef {import('../shared/types.js').Reason} Reason */

/**
 * @typedef {object} HostView
 * @property {Reason['code']} code
 * @property {string} heading
 * @property {string} sentence why
 * @property {string} advice what to do
 * @property {string} command to run in a terminal; '' when none helps
 * @property {string} before the command that comes first on a machine that has never had the program; '' otherwise
 * @property {string} detail the browser's or the program's own words
 */

const INSTALL = 'pip install threadreel';

/**
 * @param {Reason} reason
 * @param {string} extensionId
 * @param {import('../shared/i18n.js').Translate} t
 * @returns {HostView}
 */
export function hostView(reason, extensionId, t) {
  const { code, text, protocol } = reason;
  const words = {
    code,
    heading: t(`${code}_heading`),
    sentence: t(`${code}_sentence`),
    advice: t(`${code}_advice`),
    before: '',
    detail: text && t('host_detail', text),
  };
  switch (code) {
    case 'host_missing':
      return { ...words, command: 'threadreel install', before: INSTALL };
    case 'host_forbidden':
      return { ...words, command: `threadreel install --extension-id ${extensionId}` };
    case 'protocol_unsupported': {
      const sentence = t('protocol_unsupported_sentence', PROTOCOL, protocol ?? '?');
      if (protocol === null || protocol < PROTOCOL) return { ...words, sentence, command: 'pip install --upgrade threadreel' };
      return { ...words, sentence, advice: t('protocol_unsupported_newer'), command: '' };
    }
    default:
      return { ...words, command: 'threadreel doctor' };
  }
}
