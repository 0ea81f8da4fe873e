/** The host's JSON schemas and the samples both sides are held to. */

import { readFileSync, readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

const HOST = new URL('../../../host/threadreel/', import.meta.url);
const GOLDEN = new URL('../../golden/', import.meta.url);
const SCHEMAS = new URL('wire/schemas/', HOST);
const BASE = 'https://threadreel.github.io/schemas/';

/** @param {URL} url */
const readJson = (url) => JSON.parse(readFileSync(url, 'utf8'));

const ajv = new Ajv2020({ allowUnionTypes: true });
for (const file of readdirSync(SCHEMAS)) ajv.addSchema(readJson(new URL(file, SCHEMAS)));
ajv.addSchema(readJson(new URL('settings.schema.json', HOST)));

/**
 * @param {string} file
 * @returns {Record<string, any>} definitions by name
 */
export const definitions = (file) => readJson(new URL(file, SCHEMAS)).$defs;

/** A JSON file of the host. @param {string} path */
export const readHost = (path) => readJson(new URL(path, HOST));

/**
 * What the schema has against a value; '' when nothing.
 * @param {string} file
 * @param {string} name of the definition
 * @param {unknown} value
 */
export function objections(file, name, value) {
  const validate = ajv.getSchema(`${BASE}${file}#/$defs/${name}`);
  if (!validate) return `${file} defines no ${name}`;
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}

/**
 * The samples of a kind, by name.
 * @param {'requests'|'results'|'events'|'replies'} kind
 * @returns {[name: string, sample: any][]}
 */
export function golden(kind) {
  const folder = new URL(`${kind}/`, GOLDEN);
  return readdirSync(folder).map((file) => [file.replace(/\.json$/, ''), readJson(new URL(file, folder))]);
}
