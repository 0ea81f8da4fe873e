/** The stores' own linter over the extension. Fails on anything but what one manifest for both browser families must cause. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const EXPECTED = new Set([
  'BACKGROUND_SERVICE_WORKER_IGNORED', // Chromium's key, of no use to Firefox
  'KEY_FIREFOX_ANDROID_UNSUPPORTED_BY_MIN_VERSION', // Android has no native messaging: the extension is not for it
]);

const extension = fileURLToPath(new URL('../../extension/', import.meta.url));
const webExt = fileURLToPath(new URL('node_modules/.bin/web-ext', import.meta.url));
const { stdout, stderr } = spawnSync(webExt, ['lint', '--source-dir', extension, '--output', 'json', '--no-config-discovery'], {
  encoding: 'utf8',
  timeout: 120_000,
});

/** @type {{errors: Finding[], warnings: Finding[], notices: Finding[]}} */
let report;
/** @typedef {{code: string, message: string, description: string, file?: string, line?: number}} Finding */
try {
  report = JSON.parse(stdout);
} catch {
  throw new Error(`web-ext lint gave no report: ${stderr || stdout}`);
}
const findings = [...report.errors, ...report.warnings, ...report.notices].filter(({ code }) => !EXPECTED.has(code));
for (const { code, message, file = 'manifest.json', line } of findings) console.error(`${file}${line ? `:${line}` : ''} ${code}: ${message}`);
console.log(`web-ext lint: ${findings.length} findings`);
process.exitCode = findings.length ? 1 : 0;
