/**
 * The little that is needed to build and keep up a page without HTML in strings: make an element, change only what is
 * different, show a row of buttons without losing the keyboard's place.
 */

/**
 * An element with attributes and children. Texts become text nodes; nothing is ever read as HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * The element of a page that must be there.
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`No element with the id ${id}`);
  return element;
}

/**
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * @param {HTMLElement} element
 * @param {boolean} isShown
 */
export function show(element, isShown) {
  if (element.hidden === isShown) element.hidden = !isShown;
}

/**
 * Run a change; if the element that has the focus is then gone or cannot have it, give it to the first that can.
 * @param {HTMLElement} group
 * @param {() => void} change
 * @param {HTMLElement} [heirs] where the focus may go
 */
export function keepingFocus(group, change, heirs = group) {
  const before = document.activeElement;
  const hadFocus = before instanceof HTMLElement && group.contains(before);
  change();
  if (!hadFocus || (before.isConnected && before.closest('[hidden]') === null && !before.matches(':disabled'))) return;
  firstUsable(heirs)?.focus();
}

/**
 * The first button or field within that can have the focus now.
 * @param {HTMLElement} group
 */
export function firstUsable(group) {
  const usable = /** @type {NodeListOf<HTMLElement>} */ (group.querySelectorAll('textarea, button, input'));
  return [...usable].find((element) => element.closest('[hidden]') === null && !element.matches(':disabled'));
}
