/** Rectangles on the page, in its own measure: from the origin of the layer, so that they stay when a person scrolls. */

/** @typedef {{x: number, y: number, width: number, height: number}} Area */

/** @type {Area} */
const NOWHERE = Object.freeze({ x: 0, y: 0, width: 0, height: 0 });

/**
 * Where an element lies; what the page does not show has no size.
 * @param {Element} element
 * @param {{left: number, top: number}} origin
 * @returns {Area}
 */
function areaOf(element, origin) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left - origin.left, y: top - origin.top, width, height };
}

/** @param {Area} area */
const isShown = ({ width, height }) => width > 0 && height > 0;

/**
 * @param {Area} one
 * @param {Area} other
 */
const isSame = (one, other) => one.x === other.x && one.y === other.y && one.width === other.width && one.height === other.height;

/** The smallest that holds all of these. @param {readonly Area[]} areas */
function around(areas) {
  const shown = areas.filter(isShown);
  if (!shown.length) return NOWHERE;
  const [x, y] = [Math.min(...shown.map((area) => area.x)), Math.min(...shown.map((area) => area.y))];
  const [right, bottom] = [Math.max(...shown.map((area) => area.x + area.width)), Math.max(...shown.map((area) => area.y + area.height))];
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * Put an element there; what has no size is not shown.
 * @param {HTMLElement} element
 * @param {Area} area
 */
function lay(element, area) {
  element.hidden = !isShown(area);
  element.style.left = `${area.x}px`;
  element.style.top = `${area.y}px`;
  element.style.width = `${area.width}px`;
  element.style.height = `${area.height}px`;
}
