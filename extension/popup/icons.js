/** The signs on the popup's buttons: one path each, on a field of 16 by 16. */

const SVG = 'http://www.w3.org/2000/svg';

const PATHS = Object.freeze({
  pause: 'M5 3h2v10H5zM9 3h2v10H9z',
  resume: 'M5 2.8v10.4a.5.5 0 0 0 .77.42l8-5.2a.5.5 0 0 0 0-.84l-8-5.2A.5.5 0 0 0 5 2.8z',
  cancel: 'M4.5 3.5h7a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z',
  retry: 'M8 2.5a5.5 5.5 0 0 1 4.25 2V2.75h1.5V7.25h-4.5v-1.5h2.1A4 4 0 1 0 12 8h1.5A5.5 5.5 0 1 1 8 2.5z',
  reveal: 'M1.5 4A1.5 1.5 0 0 1 3 2.5h3.1c.4 0 .78.16 1.06.44l1.06 1.06H13A1.5 1.5 0 0 1 14.5 5.5v6A1.5 1.5 0 0 1 13 13H3a1.5 1.5 0 0 1-1.5-1.5V4zm1.5 0v7.5h10v-6H7.6L6.1 4H3z',
  remove: 'M4.3 3.24 8 6.94l3.7-3.7 1.06 1.06L9.06 8l3.7 3.7-1.06 1.06L8 9.06l-3.7 3.7-1.06-1.06L6.94 8l-3.7-3.7z',
  copy: 'M5.5 1.5h6A2 2 0 0 1 13.5 3.5v7H12v-7a.5.5 0 0 0-.5-.5h-6zM4 4.5h5.5a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 13V6A1.5 1.5 0 0 1 4 4.5zM4 6v7h5.5V6z',
});

/** @typedef {keyof typeof PATHS} IconName */

/**
 * @param {IconName} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  path.setAttribute('fill', 'currentColor');
  path.setAttribute('fill-rule', 'evenodd');
  svg.append(path);
  return svg;
}
