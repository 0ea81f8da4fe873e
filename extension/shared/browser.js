/**
 * The one module that names the browser's own objects; everything else gets what it needs from here or is handed it.
 * Both families speak promises here: Firefox under `browser`, Chromium (MV3) under `chrome`.
 */

const globals = /** @type {{browser?: typeof chrome, chrome?: typeof chrome}} */ (/** @type {unknown} */ (globalThis));

export const browser = /** @type {typeof chrome} */ (globals.browser?.runtime ? globals.browser : globals.chrome);

/**
 * Name and version of this browser for the host's log: "Firefox 140", "Chromium 121". At most 64 characters.
 * @param {{userAgent: string, userAgentData?: {brands: {brand: string, version: string}[]}}} [navigator]
 */
export function browserText(navigator = globalThis.navigator) {
  const brands = navigator.userAgentData?.brands.filter(({ brand }) => !/not.?a.?brand/i.test(brand)) ?? [];
  const known = brands.find(({ brand }) => brand !== 'Chromium') ?? brands[0];
  const text = known ? `${known.brand} ${known.version}` : navigator.userAgent.match(/Firefox\/\d+/)?.[0].replace('/', ' ');
  return (text ?? navigator.userAgent).slice(0, 64);
}

/**
 * Why a port was closed, in the browser's words. Chromium tells it in runtime.lastError, Firefox in port.error, and
 * Firefox says nothing at all when the host just ended.
 * @param {chrome.runtime.Port} port
 * @param {typeof chrome.runtime} runtime
 */
export function disconnectText(port, runtime = browser.runtime) {
  const { error } = /** @type {{error?: {message?: string}|null}} */ (/** @type {unknown} */ (port));
  return runtime.lastError?.message ?? error?.message ?? '';
}

/** Show where the browser lets a person choose keys: Firefox has a call for it, Chromium an address. */
export async function openKeySettings(api = browser) {
  const { openShortcutSettings } = /** @type {{openShortcutSettings?: () => Promise<void>}} */ (/** @type {unknown} */ (api.commands));
  if (openShortcutSettings) await openShortcutSettings();
  else await api.tabs.create({ url: 'chrome://extensions/shortcuts' });
}
