/**
 * The thumbnails of a thread's page: links to files that the host told of, with a picture in them. Of the page only the
 * addresses of its links are read, and only to compare them. Classic scripts, as content scripts are: the files of this
 * folder see each other's classes.
 */

/** @typedef {{id: string, path: string, state: string}} PageFile */
/** @typedef {{id: string, link: HTMLAnchorElement, picture: Element}} Thumbnail */

/** Looks like an address of a file; which one it is, the host says. */
const FILE_PATH = /\.[a-z0-9]{2,5}$/i;

class Thumbnails {
  #document;
  /** @type {Map<string, string>} path to id */
  #ids = new Map();
  /** @type {Map<Element, Thumbnail>} by link */
  #found = new Map();

  /** @param {Document} document */
  constructor(document) {
    this.#document = document;
  }

  /** Whether the page has a link to anything like a file, so that it is worth asking about. */
  get hasAny() {
    for (const [link] of this.#pictures(this.#document)) if (FILE_PATH.test(link.pathname)) return true;
    return false;
  }

  /** Those known so far, in the order of the page.  */
  get all() {
    return [...this.#found.values()];
  }

  /**
   * These are the files now: those already found stay as they are.
   * @param {readonly PageFile[]} files
   * @returns {{found: Thumbnail[], lost: Thumbnail[]}} those that are new, and those that are no more
   */
  know(files) {
    const before = this.#found;
    this.#ids = new Map(files.map(({ id, path }) => [path, id]));
    this.#found = new Map();
    const { found } = this.find(this.#document, before);
    return { found, lost: [...before.values()].filter((thumbnail) => this.#found.get(thumbnail.link) !== thumbnail) };
  }

  /**
   * Look for thumbnails within a part of the page that is new.
   * @param {ParentNode} part
   * @param {ReadonlyMap<Element, Thumbnail>} before those known so far
   * @returns {{found: Thumbnail[], hasStrangers: boolean}} those that are new, and whether there are files nobody told of
   */
  find(part, before = this.#found) {
    /** @type {Thumbnail[]} */
    const found = [];
    let hasStrangers = false;
    for (const [link, picture] of this.#pictures(part)) {
      const id = this.#ids.get(link.pathname + link.search);
      if (id === undefined) {
        hasStrangers ||= FILE_PATH.test(link.pathname);
        continue;
      }
      const known = before.get(link);
      const isKnown = known?.id === id && known.picture.isConnected;
      const thumbnail = isKnown ? known : { id, link, picture };
      this.#found.set(link, thumbnail);
      if (!isKnown) found.push(thumbnail);
    }
    return { found, hasStrangers };
  }

  /** Forget those that the page no longer shows, and return them. */
  takeLost() {
    const lost = this.all.filter(({ link, picture }) => !link.isConnected || !picture.isConnected);
    for (const { link } of lost) this.#found.delete(link);
    return lost;
  }

  /**
   * The thumbnail that an event happened on.
   * @param {EventTarget|null} target
   * @returns {Thumbnail|undefined}
   */
  at(target) {
    const link = target instanceof Element ? target.closest('a') : null;
    return link ? this.#found.get(link) : undefined;
  }

  /**
   * @param {ParentNode} part
   * @returns {Iterable<[HTMLAnchorElement, Element]>} each link once, with the first picture in it
   */
  *#pictures(part) {
    let last = null;
    for (const picture of part.querySelectorAll('a[href] img')) {
      const link = picture.closest('a');
      if (link instanceof HTMLAnchorElement && link !== last) yield [link, picture];
      last = link;
    }
  }
}
