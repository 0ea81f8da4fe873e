/**
 * The marks on the thumbnails: drawn in a layer of our own above the page, which takes no room in it. They come in groups of
 * neighbours, each a box: which box comes near the screen is all that is watched while a person scrolls, and its marks are drawn
 * then. Where the pictures lie is read when the page has changed, all of them before anything is written, and right after the
 * browser has laid the page out: a thread of five hundred posts must not feel it.
 */

const LAYER_STYLE = `
  :host { all: initial !important; position: absolute !important; inset: 0 auto auto 0 !important; inline-size: 0 !important;
    block-size: 0 !important; overflow: visible !important; z-index: 2147483647 !important; pointer-events: none !important; }
  .group { position: absolute; inset: 0 auto auto 0; contain: size layout style; }
  .mark { position: absolute; inset: 0 auto auto 0; contain: size layout style; box-sizing: border-box; }
  .sign { position: absolute; inset: 4px auto auto 4px; inline-size: 20px; block-size: 20px; border-radius: 10px;
    background: #0b6b54; color: #fff; font: bold 13px/20px system-ui, sans-serif; text-align: center; box-shadow: 0 0 0 2px #fff; }
  .mark[data-state='new'] .sign { background: #b3470a; font-size: 11px; }
  .mark[data-state='coming'] .sign { background: #2457c5; }
  .mark[data-state='missing'] .sign { display: none; }
  .selecting .mark:not([data-state='have']) .sign { display: block; background: #fff; color: #fff; box-shadow: 0 0 0 2px #5b6270; border-radius: 4px; font-size: 13px; }
  .selecting .mark.chosen { outline: 3px solid #2457c5; outline-offset: -3px; background: #2457c540; }
  .selecting .mark.chosen .sign { background: #2457c5; box-shadow: 0 0 0 2px #fff; }
  .box { position: absolute; inset: 0 auto auto 0; border: 1px solid #2457c5; background: #2457c530; pointer-events: none; }
`;

/** Neighbours that are drawn together. */
const GROUP = 32;

class Layer {
  #document;
  #host;
  #marks;
  #box;
  #look;
  /** @type {Map<Element, MarkGroup>} by their boxes */
  #groups = new Map();
  /** @type {Map<Thumbnail, MarkGroup>} */
  #groupOf = new Map();
  #nearby;
  #sizes;

  /**
   * @param {Document} document
   * @param {(id: string) => Look} look how a file is to be shown
   */
  constructor(document, look) {
    this.#document = document;
    this.#look = look;
    this.#host = document.createElement('threadreel-marks');
    this.root = this.#host.attachShadow({ mode: 'closed' });
    const style = document.createElement('style');
    style.textContent = LAYER_STYLE;
    this.#marks = document.createElement('div');
    this.#marks.setAttribute('aria-hidden', 'true'); // the panel tells it in words
    this.#box = document.createElement('div');
    this.#box.className = 'box';
    this.#box.hidden = true;
    this.#marks.append(this.#box);
    this.root.append(style, this.#marks);
    this.#nearby = new IntersectionObserver((entries) => this.#moved(entries), { rootMargin: '600px' });
    // Told right after the page is laid out, so that to read places costs next to nothing
    this.#sizes = new ResizeObserver(() => this.#measure());
  }

  /** To be called once. */
  open() {
    this.#document.documentElement.append(this.#host);
    if (this.#document.body) this.#sizes.observe(this.#document.body);
  }

  close() {
    this.#nearby.disconnect();
    this.#sizes.disconnect();
    this.#host.remove();
  }

  /** @param {readonly Thumbnail[]} thumbnails */
  watch(thumbnails) {
    for (let at = 0; at < thumbnails.length; at += GROUP) {
      const group = new MarkGroup(this.#document, thumbnails.slice(at, at + GROUP));
      this.#groups.set(group.element, group);
      for (const thumbnail of group.thumbnails) this.#groupOf.set(thumbnail, group);
      this.#marks.append(group.element);
      this.#nearby.observe(group.element);
    }
  }

  /** @param {readonly Thumbnail[]} thumbnails */
  drop(thumbnails) {
    for (const thumbnail of thumbnails) {
      const group = this.#groupOf.get(thumbnail);
      this.#groupOf.delete(thumbnail);
      group?.drop(thumbnail);
      if (group?.isEmpty) this.#forget(group);
    }
  }

  /** @param {boolean} isSelecting */
  setSelecting(isSelecting) {
    this.#marks.classList.toggle('selecting', isSelecting);
  }

  /** Everything drawn looks as it should; nothing is measured. */
  paint() {
    for (const group of this.#groups.values()) group.paint(this.#look);
  }

  /** Everything lies where its picture is, at the next frame. */
  place() {
    // Watched anew, the browser tells the size once it has laid out the page for that frame
    this.#sizes.unobserve(this.#document.documentElement);
    this.#sizes.observe(this.#document.documentElement);
  }

  /**
   * Where every picture of these is, in the page's own measure: one look at the layout.
   * @param {readonly Thumbnail[]} thumbnails
   * @returns {{id: string, area: Area}[]}
   */
  areas(thumbnails) {
    const origin = this.#origin();
    return thumbnails.map(({ id, picture }) => ({ id, area: areaOf(picture, origin) }));
  }

  /**
   * A place on the screen in the page's own measure.
   * @param {{clientX: number, clientY: number}} event
   */
  point({ clientX, clientY }) {
    const origin = this.#origin();
    return { x: clientX - origin.left, y: clientY - origin.top };
  }

  /** @param {Area|null} area */
  showBox(area) {
    this.#box.hidden = area === null;
    if (area) lay(this.#box, area);
  }

  #origin() {
    return this.#host.getBoundingClientRect();
  }

  #measure() {
    const origin = this.#origin();
    const groups = [...this.#groups.values()];
    const places = groups.map(({ thumbnails }) => thumbnails.map(({ picture }) => areaOf(picture, origin)));
    groups.forEach((group, at) => group.lay(/** @type {Area[]} */ (places[at])));
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #moved(entries) {
    for (const { target, isIntersecting } of entries) if (isIntersecting) this.#groups.get(target)?.draw(this.#look);
  }

  /** @param {MarkGroup} group */
  #forget(group) {
    this.#nearby.unobserve(group.element);
    this.#groups.delete(group.element);
    group.element.remove();
  }
}
