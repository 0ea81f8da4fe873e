/**
 * Addresses: WebExtension match patterns, what looks like a media file, which job a page belongs to. Never what a
 * thread is: that is the host's to say.
 */

const PATTERN = /^(\*|https?):\/\/(\*|(?:\*\.)?[^/*:]+|\[[0-9a-f:]+\])(?::(\d+|\*))?(\/.*)$/i;
/** Match patterns of every web page. */
export const ANY_WEB_PAGE = ['http://*/*', 'https://*/*'];

const MEDIA_FILE = /\.(?:jpe?g|png|gif|webp|bmp|avif|jxl|webm|mp4|mov|m4v|mkv|avi|swf|pdf|mp3|ogg|opus|flac)$/i;

/**
 * @param {string} text
 * @returns {URL|null}
 */
export function parseUrl(text) {
  return URL.canParse(text) ? new URL(text) : null;
}

/**
 * @param {string|undefined|null} url
 * @returns {url is string}
 */
export function isWebUrl(url) {
  return /^https?:$/.test(parseUrl(url ?? '')?.protocol ?? '');
}

/**
 * Whether the address is within one of the match patterns.
 * @param {string} address
 * @param {readonly string[]} patterns
 */
export function matchesAny(address, patterns) {
  const url = parseUrl(address);
  return url !== null && patterns.some((pattern) => matches(url, pattern));
}

/**
 * @param {URL} url
 * @param {string} pattern
 */
function matches(url, pattern) {
  const parts = PATTERN.exec(pattern);
  if (!parts) return false;
  const [, scheme, host = '', port, path = ''] = parts;
  if (scheme === '*' ? !/^https?:$/.test(url.protocol) : url.protocol !== `${scheme}:`) return false;
  if (port && port !== '*' && port !== (url.port || (url.protocol === 'https:' ? '443' : '80'))) return false;
  return isHostWithin(url.hostname, host.toLowerCase()) && globMatches(url.pathname + url.search, path);
}

/**
 * @param {string} host
 * @param {string} pattern
 */
function isHostWithin(host, pattern) {
  if (pattern === '*') return true;
  if (!pattern.startsWith('*.')) return host === pattern;
  return host === pattern.slice(2) || host.endsWith(pattern.slice(1));
}

/**
 * Whether the text is the glob's pieces in order. No regular expression: a hostile pattern must not cost time.
 * @param {string} text
 * @param {string} glob
 */
function globMatches(text, glob) {
  const pieces = glob.split('*');
  const first = /** @type {string} */ (pieces.shift());
  if (!pieces.length) return text === first;
  const last = /** @type {string} */ (pieces.pop());
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > text.length - last.length) return false;
    at = found + piece.length;
  }
  return true;
}

/**
 * The patterns both browsers accept for menus: web addresses only, and without a port, which Firefox refuses (a
 * pattern without one stands for every port in both).
 * @param {readonly string[]} patterns
 */
export function menuPatterns(patterns) {
  const plain = patterns.flatMap((pattern) => {
    const parts = PATTERN.exec(pattern);
    return parts ? [`${parts[1]}://${parts[2]}${parts[4]}`] : [];
  });
  return [...new Set(plain)].sort();
}

/**
 * What to save for a picture: the file it links to, when that is one of a known site, else the picture itself.
 * @param {string|undefined} linkUrl
 * @param {string|undefined} srcUrl
 * @param {readonly string[]} patterns of the known sites; empty while they are unknown
 */
export function pictureUrl(linkUrl, srcUrl, patterns) {
  const linked = linkUrl ? parseUrl(linkUrl) : null;
  const isFull = linked !== null && MEDIA_FILE.test(linked.pathname) && (!patterns.length || matchesAny(linked.href, patterns));
  return isFull ? linked.href : srcUrl;
}

/**
 * Whether two addresses are one, but for a slash at the end, a query and a fragment.
 * @param {string} one
 * @param {string} other
 */
export function isSamePage(one, other) {
  const [a, b] = [parseUrl(one), parseUrl(other)];
  return a !== null && b !== null && a.host === b.host && a.pathname.replace(/\/+$/, '') === b.pathname.replace(/\/+$/, '');
}

/**
 * Whether a page shows the thread that a job saves: the same address, or one below it (a title may follow the number).
 * @param {string} pageUrl
 * @param {string} jobUrl
 */
export function isPageOfJob(pageUrl, jobUrl) {
  const [page, job] = [parseUrl(pageUrl), parseUrl(jobUrl)];
  if (!page || !job || page.host !== job.host) return false;
  const jobPath = job.pathname.replace(/\/+$/, '');
  const pagePath = page.pathname.replace(/\/+$/, '');
  return jobPath !== '' && (pagePath === jobPath || pagePath.startsWith(`${jobPath}/`));
}
