/**
 * Small checks that snap together: each says whether a value has a shape. Used on everything that comes from outside.
 */

/** @typedef {(value: unknown) => boolean} Check */

/**
 * A string of at most `longest` characters (UTF-16 units).
 * @param {number} [longest]
 * @returns {Check}
 */
export const text = (longest = 32_768) => (value) => typeof value === 'string' && value.length <= longest;

/** @type {Check} */
export const flag = (value) => typeof value === 'boolean';

/** A finite number, not negative. @type {Check} */
export const amount = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** A whole number that survives JSON, not negative. @type {Check} */
export const count = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

/**
 * @param {readonly unknown[]} words
 * @returns {Check}
 */
export const oneOf = (words) => (value) => words.includes(value);

/**
 * @param {Check} check
 * @returns {Check}
 */
export const orNull = (check) => (value) => value === null || check(value);

/**
 * @param {Check} check of each item
 * @param {number} [most]
 * @returns {Check}
 */
export const list = (check, most = 10_000) => (value) => Array.isArray(value) && value.length <= most && value.every(check);

/**
 * An object with at least these fields. Further ones are let through: a newer host may say more.
 * @param {Record<string, Check>} fields
 * @returns {Check}
 */
export const record = (fields) => (value) =>
  isObject(value) && Object.entries(fields).every(([name, check]) => Object.hasOwn(value, name) && check(value[name]));

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
