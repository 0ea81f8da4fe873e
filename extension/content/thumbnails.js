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
    return this.#pictures(this.#document).some(([link]) => FILE_PATH.test(link.pathname));
  }

  /** Those known so far, in the order of the page.  */
  get all() {
    return [...this.#found.values()];
  }

  /**
   * Forget what was known, and look for these files.
   * @param {readonly PageFile[]} files
   */
  know(files) {
    this.#ids = new Map(files.map(({ id, path }) => [path, id]));
    this.#found.clear();
    return this.find(this.#document);
  }

  /**
   * Look for thumbnails within a part of the page that is new.
   * @param {ParentNode} part
   * @returns {{found: Thumbnail[], hasStrangers: boolean}} those that are new, and whether there are files nobody told of
   */
  find(part) {
    /** @type {Thumbnail[]} */
    const found = [];
    let hasStrangers = false;
    for (const [link, picture] of this.#pictures(part)) {
      const id = this.#ids.get(link.pathname + link.search);
      if (id === undefined) {
        hasStrangers ||= FILE_PATH.test(link.pathname);
      } else if (!this.#found.has(link)) {
        const thumbnail = { id, link, picture };
        this.#found.set(link, thumbnail);
        found.push(thumbnail);
      }
    }
    return { found, hasStrangers };
  }

  /** Forget those that the page no longer shows, and return them. */
  takeLost() {
    const lost = this.all.filter(({ link }) => !link.isConnected);
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
   * @returns {[HTMLAnchorElement, Element][]}
   */
  #pictures(part) {
    /** @type {Map<HTMLAnchorElement, Element>} */
    const pictures = new Map();
    for (const picture of part.querySelectorAll('a[href] img')) {
      const link = picture.closest('a');
      if (link instanceof HTMLAnchorElement && !pictures.has(link)) pictures.set(link, picture);
    }
    return [...pictures];
  }
}
