/** The signs on the popup's buttons: one path each, on a field of 16 by 16. */

const SVG = 'http://www.w3.org/2000/svg';

const PATHS = Object.freeze({
  pause: 'M5 3h2v10H5zM9 3h2v10H9z',
  resume: 'M5 2.8v10.4a.5.5 0 0 0 .77.42l8-5.2a.5.5 0 0 0 0-.84l-8-5.2A.5.5 0 0 0 5 2.8z',
  cancel: 'M4.5 3.5h7a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z',
  retry: 'M8 2.5a5.5 5.5 0 0 1 4.25 2V2.75h1.5V7.25h-4.5v-1.5h2.1A4 4 0 1 0 12 8h1.5A5.5 5.5 0 1 1 8 2.5z',
  files: 'M2 3.25h1.5v1.5H2zM5 3.25h9v1.5H5zM2 7.25h1.5v1.5H2zM5 7.25h9v1.5H5zM2 11.25h1.5v1.5H2zM5 11.25h9v1.5H5z',
  open: 'M2.5 3h5v1.5H4v7.5h7.5V8.5H13v5H2.5zM9 2.5h4.5V7H12V5.06L7.78 9.28 6.72 8.22 10.94 4H9z',
  back: 'M9.5 3.06 10.56 4.12 6.68 8l3.88 3.88-1.06 1.06L4.56 8z',
  add: 'M7.25 3h1.5v4.25H13v1.5H8.75V13h-1.5V8.75H3v-1.5h4.25z',
  history: 'M8 2a6 6 0 1 1-5.9 7.1l1.48-.27A4.5 4.5 0 1 0 4.3 5.4H6v1.5H1.75V2.65h1.5v1.69A6 6 0 0 1 8 2zm-.75 2.75h1.5v3l2.1 2.1-1.06 1.06-2.54-2.54z',
  options: 'M10 2.75A2.25 2.25 0 0 1 12.12 4.25H14v1.5h-1.88A2.25 2.25 0 0 1 7.88 5.75H2v-1.5h5.88A2.25 2.25 0 0 1 10 2.75zm0 1.5a.75.75 0 1 0 0 1.5.75.75 0 0 0 0-1.5zM6 8.75A2.25 2.25 0 0 1 8.12 10.25H14v1.5H8.12A2.25 2.25 0 0 1 3.88 11.75H2v-1.5h1.88A2.25 2.25 0 0 1 6 8.75zm0 1.5a.75.75 0 1 0 0 1.5.75.75 0 0 0 0-1.5z',
  reveal: 'M1.5 4A1.5 1.5 0 0 1 3 2.5h3.1c.4 0 .78.16 1.06.44l1.06 1.06H13A1.5 1.5 0 0 1 14.5 5.5v6A1.5 1.5 0 0 1 13 13H3a1.5 1.5 0 0 1-1.5-1.5V4zm1.5 0v7.5h10v-6H7.6L6.1 4H3z',
  remove: 'M4.3 3.24 8 6.94l3.7-3.7 1.06 1.06L9.06 8l3.7 3.7-1.06 1.06L8 9.06l-3.7 3.7-1.06-1.06L6.94 8l-3.7-3.7z',
  more: 'M3 6.75a1.25 1.25 0 1 1 0 2.5 1.25 1.25 0 0 1 0-2.5zM8 6.75a1.25 1.25 0 1 1 0 2.5 1.25 1.25 0 0 1 0-2.5zM13 6.75a1.25 1.25 0 1 1 0 2.5 1.25 1.25 0 0 1 0-2.5z',
  chevron: 'M4.06 5.44 8 9.38l3.94-3.94 1.06 1.06-5 5-5-5z',
  check: 'M13.3 4.36 6.5 11.16 2.7 7.36 3.76 6.3 6.5 9.04l5.74-5.74z',
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
