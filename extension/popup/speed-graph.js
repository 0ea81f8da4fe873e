/**
 * The speed of a job over the last minute, from nothing upwards: the height is the share of the fastest second that is shown,
 * which stands beside it in figures. What was not measured is left blank.
 */

import { make, setAttribute, setText } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 24;

/** @typedef {{rates: (number|null)[], peak_bps: number, peak: string, label: string}} SpeedView */

export class SpeedGraph {
  #area = shape('speed-area');
  #line = shape('speed-line');
  #peak = make('span', { class: 'speed-peak', 'aria-hidden': 'true' });
  element = make('div', { class: 'speed', role: 'img', 'data-test': 'speed' });

  constructor() {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('viewBox', `0 0 59 ${HEIGHT}`);
    svg.setAttribute('aria-hidden', 'true');
    svg.append(this.#area, this.#line);
    this.element.append(svg, this.#peak);
  }

  /** @param {SpeedView|null} view null: nothing is measured, but its place is kept */
  update(view) {
    this.element.toggleAttribute('data-empty', view === null);
    if (!view) return;
    const { line, area } = paths(view.rates, view.peak_bps);
    setAttribute(this.#line, 'd', line);
    setAttribute(this.#area, 'd', area);
    setText(this.#peak, view.peak);
    setAttribute(this.element, 'aria-label', view.label);
  }
}

/**
 * @param {readonly (number|null)[]} rates
 * @param {number} peak_bps
 * @returns {{line: string, area: string}} outlines: one second is one unit across
 */
export function paths(rates, peak_bps) {
  const points = rates.flatMap((rate, x) => (rate === null ? [] : [[x, HEIGHT - 1 - (rate / Math.max(1, peak_bps)) * (HEIGHT - 3)]]));
  if (points.length < 2) return { line: '', area: '' };
  const line = `M${points.map(([x, y]) => `${x} ${Number(y).toFixed(1)}`).join('L')}`;
  return { line, area: `${line}L${points.at(-1)?.[0]} ${HEIGHT}L${points[0]?.[0]} ${HEIGHT}Z` };
}

/** @param {string} name */
function shape(name) {
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('class', name);
  return path;
}
