import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MANIFEST, MESSAGES, readExtension } from './support/browser.js';
import { ROOT, sources, withoutComments } from './support/sources.js';

const MODULES = sources('.js').map(([path, text]) => /** @type {const} */ ([path, withoutComments(text)]));
const PAGES = sources('.html');

test('imports go one way: every room to itself and to shared, shared to nothing else', () => {
  for (const [path, code] of MODULES) {
    const room = path.split('/')[0];
    for (const [, target] of code.matchAll(/\bfrom '([^']+)'/g)) {
      const { pathname } = new URL(target ?? '', new URL(path, 'http://x/'));
      const to = pathname.split('/')[1];
      assert(to === room || (to === 'shared' && room !== 'shared'), `${path} imports ${target}`);
      assert(existsSync(new URL(`.${pathname}`, ROOT)), `${path} imports ${target}, which is not there`);
    }
    assert.doesNotMatch(code, /\bimport\(/, `${path} imports at run time`);
  }
});

test("only shared/browser.js and, without imports, two scripts of pages name the browser's own objects, and only the background opens the native port", () => {
  for (const [path, code] of MODULES) {
    if (path !== 'shared/browser.js' && !['content/begin.js', 'content/page-courier.js'].includes(path)) assert.doesNotMatch(code, /\bchrome\b|globalThis\.browser/, path);
    if (path !== 'background/background.js') assert.doesNotMatch(code, /connectNative|sendNativeMessage/, path);
  }
});

test('nothing is ever read as HTML or as code', () => {
  for (const [path, code] of MODULES) {
    assert.doesNotMatch(code, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|srcdoc/, path);
    assert.doesNotMatch(code, /setAttribute\('(?:style|on)/, path);
  }
});

test('pages have no inline script or style, and everything they load is there', () => {
  for (const [path, html] of PAGES) {
    assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|javascript:/i, path);
    for (const [, attributes, body] of html.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)) {
      assert.match(attributes ?? '', /\bsrc="/);
      assert.equal(body, '');
    }
    for (const [, url] of html.matchAll(/(?:src|href)="(?!https:)([^"]+)"/g)) {
      assert(existsSync(new URL(url ?? '', new URL(path, ROOT))), `${path} loads ${url}`);
    }
  }
});

test('every id that a page module looks up is in its page', () => {
  for (const [path, html] of PAGES) {
    const room = path.split('/')[0];
    const ids = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map((found) => found[1]));
    const lookups = MODULES.filter(([module]) => module.startsWith(`${room}/`)).flatMap(([, code]) => [...code.matchAll(/byId\('([^']+)'\)/g)]);
    for (const [, id] of lookups) assert(ids.has(id), `${path} has no ${id}`);
  }
});

test('modules stay small', () => {
  for (const [path, text] of sources('.js')) assert(text.split('\n').length <= 300, path);
});

/** Every key the code, the pages and the manifest may ask for, as one regular expression each. */
function keysAskedFor() {
  const literals = MODULES.flatMap(([, code]) => [...code.matchAll(/'([@\w]+)'/g)].map((found) => `${found[1]}(_one|_other)?`));
  const templates = MODULES.flatMap(([, code]) =>
    [...code.matchAll(/`((?:\w|\$\{[^}]+\})+)`/g)].map((found) => `${found[1]?.replace(/\$\{[^}]+\}/g, '\\w+')}(_one|_other)?`),
  );
  const attributes = PAGES.flatMap(([, html]) => [...html.matchAll(/data-i18n[a-z-]*="(\w+)"/g)].map((found) => String(found[1])));
  const manifest = [...JSON.stringify(MANIFEST).matchAll(/__MSG_(\w+)__/g)].map((found) => String(found[1]));
  return { attributes, manifest, code: [...literals, ...templates.filter((template) => template.includes('_'))] };
}

test('every message is asked for, and every message asked for is there', () => {
  const { attributes, manifest, code } = keysAskedFor();
  for (const key of [...attributes, ...manifest]) assert(key in MESSAGES, key);
  for (const [path, text] of MODULES) {
    for (const [, key] of text.matchAll(/\bt\('(\w+)'/g)) assert(key && key in MESSAGES, `${path}: ${key}`);
    for (const [, key] of text.matchAll(/\btn\('(\w+)'/g)) assert(`${key}_other` in MESSAGES, `${path}: ${key}`);
  }
  const asked = new RegExp(`^(?:${[...attributes, ...manifest, ...code].join('|')})$`);
  for (const key of Object.keys(MESSAGES)) assert.match(key, asked);
});

test('every message has words and a description, and a plural where it has a singular', () => {
  for (const [key, { message, ...rest }] of Object.entries(MESSAGES)) {
    assert(message.length > 0, key);
    assert('description' in rest, key);
    if (key.endsWith('_one')) assert(key.replace(/_one$/, '_other') in MESSAGES, key);
  }
});

test('the manifest asks for six permissions and no host until a person wants it, and lets nobody in', () => {
  assert.deepEqual(MANIFEST.permissions, ['nativeMessaging', 'activeTab', 'contextMenus', 'storage', 'scripting', 'declarativeNetRequestWithHostAccess']);
  assert.deepEqual(MANIFEST.optional_host_permissions, ['*://*/*']);
  assert.deepEqual(MANIFEST.optional_permissions, ['notifications']);
  const refused = ['host_permissions', 'externally_connectable', 'web_accessible_resources', 'content_scripts', 'content_security_policy'];
  for (const key of refused) assert(!(key in MANIFEST), key);
});

test('no button of the popup can be pressed before somebody listens', () => {
  const [header] = /** @type {RegExpMatchArray} */ (readExtension('popup/popup.html').match(/<header>[^]*?<\/header>/));
  const buttons = header.match(/<button[^>]*>/g) ?? [];
  assert.equal(buttons.length, 4);
  for (const button of buttons) assert.match(button, / (?:disabled|hidden)>/);
});

test('one manifest serves both families', () => {
  const { background, browser_specific_settings: { gecko } } = MANIFEST;
  assert.deepEqual(background, { service_worker: 'background/main.js', scripts: ['background/main.js'], type: 'module' });
  assert.equal(MANIFEST.minimum_chrome_version, '121');
  assert.deepEqual(gecko, {
    id: 'threadreel@threadreel.github.io',
    strict_min_version: '140.0',
    data_collection_permissions: { required: ['browsingActivity'], optional: ['websiteContent'] },
  });
});

test('the key gives the id the native host is registered for', () => {
  const digest = createHash('sha256').update(Buffer.from(MANIFEST.key, 'base64')).digest('hex').slice(0, 32);
  const id = [...digest].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16))).join('');
  assert.equal(id, 'mocfnechjilffboahmjcekofoogdcljj');
});

test('extension and program have one version', () => {
  const pyproject = readFileSync(new URL('../pyproject.toml', ROOT), 'utf8');
  assert.equal(/^version = "([^"]+)"/m.exec(pyproject)?.[1], MANIFEST.version);
});

test('the description fits into the stores', () => {
  assert(/** @type {{message: string}} */ (MESSAGES.extension_description).message.length <= 132);
});

test('every icon has the size it is named for', () => {
  for (const [size, path] of Object.entries({ ...MANIFEST.icons, ...MANIFEST.action.default_icon })) {
    const png = readFileSync(new URL(String(path), ROOT));
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [Number(size), Number(size)], String(path));
    assert(png.length < 8_000, String(path));
  }
});
