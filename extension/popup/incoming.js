/** Addresses that come to the popup from outside its fields: pasted anywhere, or dragged onto it. */

import { byId, show } from './dom.js';

/**
 * @param {(text: string) => void} onText
 */
export function listenForAddresses(onText) {
  const veil = byId('drop');
  /** How deep the pointer is in nested elements: each tells when it comes and goes. */
  let depth = 0;

  document.addEventListener('paste', (event) => {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (text.trim()) onText(text);
  });

  document.addEventListener('dragenter', (event) => {
    if (!hasText(event)) return;
    depth += 1;
    show(veil, true);
  });
  document.addEventListener('dragleave', (event) => {
    if (!hasText(event)) return;
    depth = Math.max(0, depth - 1);
    if (depth === 0) show(veil, false);
  });
  document.addEventListener('dragover', (event) => {
    if (hasText(event)) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    depth = 0;
    show(veil, false);
    const text = textOf(event);
    if (!text.trim()) return;
    event.preventDefault();
    onText(text);
  });
}

/** @param {DragEvent} event */
const hasText = (event) => event.dataTransfer?.types.some((type) => type === 'text/uri-list' || type === 'text/plain') ?? false;

/** @param {DragEvent} event */
function textOf({ dataTransfer }) {
  // In a list of addresses a line that begins with # is a comment (RFC 2483)
  const list = dataTransfer?.getData('text/uri-list').replace(/^#.*$/gm, '') ?? '';
  return list.trim() ? list : (dataTransfer?.getData('text/plain') ?? '');
}
