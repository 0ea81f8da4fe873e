import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExtension } from './support/browser.js';
import { FakeClock, settled } from './support/clock.js';
import { readHost } from './support/contract.js';
import { endedJob } from './support/samples.js';
import { partOf } from '../../extension/options/board-table.js';
import { NamePreview, WRITING_MS } from '../../extension/options/name-preview.js';
import { objectionText } from '../../extension/options/setting-field.js';
import { readFile, writeFile } from '../../extension/options/settings-file.js';
import { t } from '../../extension/shared/i18n.js';
import { DEFAULT_PREFERENCES } from '../../extension/shared/preferences.js';
import { HostError } from '../../extension/shared/protocol.js';

const PAGE = readExtension('options/options.html');
/** @type {Record<string, any>} */
const RULES = readHost('settings.schema.json').properties;

/** The setting fields of the page, each as its HTML. @returns {[name: string, html: string][]} */
const fields = () => PAGE.split(/data-setting="/).slice(1).map((html) => [html.slice(0, html.indexOf('"')), html]);

test('every setting of the host has its field, but for those that have more than one', () => {
  const shown = [...fields().map(([name]) => name), 'directory', 'boards'];
  assert.deepEqual(shown.sort(), Object.keys(RULES).sort());
});

test('numbers and choices have the bounds of the schema', () => {
  for (const [name, html] of fields()) {
    const rule = RULES[name];
    const field = html.slice(0, html.indexOf('class="error"'));
    if (/data-kind="number"/.test(html.slice(0, 80))) {
      assert.deepEqual([/min="(\d+)"/.exec(field)?.[1], /max="(\d+)"/.exec(field)?.[1]].map(Number), [rule.minimum, rule.maximum], name);
    }
    if (rule.enum) {
      const offered = [...field.matchAll(/<option value="(\w+)"/g)].map((found) => found[1]);
      assert.deepEqual(offered.sort(), [...rule.enum].sort(), name);
    }
  }
});

test('every field names the place of its error', () => {
  const inputs = [...PAGE.matchAll(/<(?:input|select)\b[^>]*\sid="([\w-]+)"[^>]*>/g)];
  for (const [tag, id] of inputs) {
    const described = /aria-describedby="([^"]+)"/.exec(tag)?.[1]?.split(' ') ?? [];
    for (const place of described) assert.match(PAGE, new RegExp(`id="${place}"`), id);
    if (id !== 'import-file' && id !== 'on-page') assert(described.includes(`${id}-error`), id);
  }
});

test('a file holds all settings but the folder, and is read again as it was', () => {
  const settings = { directory: '/home/anon/Downloads', retries: 9, filter: 'ext:webm' };
  const text = writeFile(settings, DEFAULT_PREFERENCES);
  assert.deepEqual(readFile(text), { settings: { retries: 9, filter: 'ext:webm' }, preferences: DEFAULT_PREFERENCES });
  assert(!text.includes('anon'));
});

test('a folder in a file from elsewhere is not taken', () => {
  assert.deepEqual(readFile('{"threadreel": 1, "settings": {"directory": "/etc", "retries": 1}}'), { settings: { retries: 1 }, preferences: {} });
});

test('what is no file of settings is not taken for one', () => {
  for (const text of ['', '{', '[]', '7', 'null', '{}', '{"threadreel": "1"}']) assert.equal(readFile(text), 'options_file_unreadable', text);
  assert.equal(readFile('{"threadreel": 2}'), 'options_file_newer');
  for (const content of [{ settings: [] }, { preferences: 7 }, { preferences: { theme: 'pink' } }, { preferences: { colour: 'red' } }]) {
    assert.equal(readFile(JSON.stringify({ threadreel: 1, ...content })), 'options_file_bad');
  }
});

test('an objection to a board is said beside the part it is about', () => {
  assert.equal(partOf(`boards[2]['api'] cannot be "x": The address under which its API is.`), 'api');
  assert.equal(partOf("The board 'Mine' cannot be used: its media root 'x' is not an http or https address."), 'media');
  assert.equal(partOf("The board 'Mine' cannot be used: its software 'x' is not known."), 'software');
  assert.equal(partOf("The board 'Mine' cannot be used: there is already a site of that name."), 'name');
  assert.equal(partOf('The settings could not be kept.'), null);
});

test("an objection is said without the setting's name and the command for it", () => {
  const refused = new HostError('settings.invalid', 'retries cannot be 50: How often a file is tried again, from 0 to 20.', '`threadreel settings` shows it.');
  assert.equal(objectionText(refused, t), 'How often a file is tried again, from 0 to 20.');
  assert.equal(objectionText(new HostError('settings.invalid', `boards[0]['page'] cannot be "a: b": The address.`), t), 'The address.');
  assert.equal(objectionText(new HostError('filter.invalid', 'There is no field wdth.', 'Try width.'), t), 'There is no field wdth. Try width.');
});

/** @param {(fields: Record<string, any>) => any} answer */
function previewScene(answer) {
  const clock = new FakeClock();
  const scene = {
    clock,
    asked: /** @type {Record<string, any>[]} */ ([]),
    views: /** @type {import('../../extension/options/name-preview.js').PreviewView[]} */ ([]),
    judged: /** @type {[string, string|null][]} */ ([]),
  };
  const preview = new NamePreview({
    request: async (_type, wanted) => {
      scene.asked.push(wanted);
      return answer(wanted);
    },
    show: (view) => scene.views.push(view),
    judge: (name, error) => scene.judged.push([name, error?.message ?? null]),
    clock,
  });
  return { ...scene, preview, last: () => scene.views.at(-1) };
}

/** @param {Record<string, any>} fields */
const shown = ({ options }) => ({ preview: { directory: options.folder_template ?? 'folder', names: ['a', 'b', 'c', 'd'] } });

test('without a thread there is nothing to preview, and nobody is asked', async () => {
  const { preview, asked, last } = previewScene(shown);
  assert.equal(preview.know([endedJob({ kind: 'catalog' }), endedJob({ state: 'failed' })]), false);
  await preview.look({});
  assert.deepEqual([asked, last()?.state], [[], 'none']);
});

test('templates are tried out on the last thread once the writing pauses', async () => {
  const { preview, asked, clock, last, judged } = previewScene(shown);
  assert.equal(preview.know([endedJob()]), true);
  for (const text of ['{', '{t', '{thread}']) {
    preview.write('folder_template', { folder_template: text });
    await clock.pass(WRITING_MS - 1);
  }
  assert.equal(asked.length, 0);
  await clock.pass(1);
  assert.deepEqual(asked.map(({ options }) => options), [{ folder_template: '{thread}' }]);
  assert.deepEqual(last(), { state: 'shown', title: 'Harbours at night', directory: '{thread}', names: ['a', 'b', 'c'] });
  assert.deepEqual(judged, [['folder_template', null]]);
});

test('what is wrong with a template is said, and the last good preview stays', async () => {
  const { preview, last, judged } = previewScene((wanted) => {
    if (wanted.options.name_template === '{nme}') throw new HostError('template.invalid', 'There is no field {nme}.');
    return shown(wanted);
  });
  preview.know([endedJob()]);
  await preview.look({});
  await preview.look({ name_template: '{nme}' }, 'name_template');
  assert.deepEqual(judged, [['name_template', 'There is no field {nme}.']]);
  assert.deepEqual([last()?.state, last()?.directory], ['shown', 'folder']);
});

test('a thread that is gone gives way to the one before it; when three are gone, that is said', async () => {
  const jobs = ['j1', 'j2', 'j3', 'j4'].map((id) => endedJob({ id, url: id, title: id }));
  const gone = previewScene((wanted) => {
    if (wanted.url !== 'j2') throw new HostError('thread.gone', 'The thread is gone.');
    return shown(wanted);
  });
  gone.preview.know(jobs);
  await gone.preview.look({});
  await gone.preview.look({});
  assert.deepEqual([gone.asked.map(({ url }) => url), gone.last()?.title], [['j1', 'j2', 'j2'], 'j2']);
  const lost = previewScene(() => {
    throw new HostError('thread.gone', 'The thread is gone.');
  });
  lost.preview.know(jobs);
  await lost.preview.look({});
  assert.deepEqual([lost.asked.length, lost.last()?.state], [3, 'gone']);
});

test('an answer that comes late changes nothing', async () => {
  /** @type {((value: unknown) => void)[]} */
  const waiting = [];
  const { preview, last } = previewScene((wanted) => new Promise((resolve) => waiting.push(() => resolve(shown(wanted)))));
  preview.know([endedJob()]);
  const early = preview.look({ folder_template: 'early' });
  const late = preview.look({ folder_template: 'late' });
  waiting[1]?.(null);
  await late;
  waiting[0]?.(null);
  await early;
  await settled();
  assert.equal(last()?.directory, 'late');
});
