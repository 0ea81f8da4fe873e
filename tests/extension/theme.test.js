import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExtension } from './support/browser.js';

const [light = '', dark = ''] = ['theme', 'theme-dark'].map((name) => /:root \{([^}]*)\}/.exec(readExtension(`shared/${name}.css`))?.[1]);

/** Texts and what they stand on. */
const PAIRS = [
  ['text', 'page'],
  ['text', 'raised'],
  ['soft', 'page'],
  ['soft', 'raised'],
  ['soft', 'track'],
  ['accent', 'page'],
  ['accent', 'raised'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['bad', 'page'],
  ['bad', 'raised'],
  ['bad', 'bad-soft'],
];

/** Shapes that carry meaning, and what is beside them. */
const SHAPES = [
  ['focus', 'page'],
  ['focus', 'raised'],
  ['accent', 'track'],
  ['bad-fill', 'raised'],
  ['soft', 'page'],
];

/**
 * Relative luminance by WCAG 2.
 * @param {string} css
 * @param {string} name
 */
function luminance(css, name) {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(css)?.[1];
  assert(hex, `no colour ${name}`);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * @param {string} css
 * @param {string} one
 * @param {string} other
 */
function contrast(css, one, other) {
  const [bright = 0, dim = 0] = [luminance(css, one), luminance(css, other)].sort((a, b) => b - a);
  return (bright + 0.05) / (dim + 0.05);
}

for (const [theme, css] of /** @type {const} */ ([['light', light], ['dark', dark]])) {
  test(`${theme}: every text can be read, every shape can be seen`, () => {
    for (const [text = '', ground = ''] of PAIRS) assert(contrast(css, text, ground) >= 4.5, `${text} on ${ground}: ${contrast(css, text, ground)}`);
    for (const [shape = '', beside = ''] of SHAPES) assert(contrast(css, shape, beside) >= 3, `${shape} beside ${beside}: ${contrast(css, shape, beside)}`);
  });
}
