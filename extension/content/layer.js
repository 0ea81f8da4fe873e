/**
 * The marks on the thumbnails: drawn in a layer of our own above the page, which takes no room in it. Only what is near the
 * screen is drawn, and nothing is measured but when the page has changed: a thread of five hundred posts must not feel it.
 */

/** What each state is drawn as; what has no sign gets no mark outside of selecting. @type {Record<string, string>} */
const SIGNS = { have: '✓', new: '●', coming: '↓', missing: '' };

const LAYER_STYLE = `
  :host { all: initial !important; position: absolute !important; inset: 0 auto auto 0 !important; inline-size: 0 !important;
    block-size: 0 !important; overflow: visible !important; z-index: 2147483647 !important; pointer-events: none !important; }
  .mark { position: absolute; inset: 0 auto auto 0; contain: layout style; pointer-events: none; box-sizing: border-box; }
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

/** @typedef {{x: number, y: number, width: number, height: number}} Area */

class Layer {
  #document;
  #host;
  #marks;
  #box;
  /** @type {(id: string) => {state: string, isChosen: boolean}} */
  #look;
  /** @type {Map<Element, {thumbnail: Thumbnail, mark: HTMLElement, sign: HTMLElement}>} by picture */
  #drawn = new Map();
  /** @type {Map<Element, Thumbnail>} by picture */
  #watched = new Map();
  #isMeasuring = false;
  #nearby;
  #sizes;

  /**
   * @param {Document} document
   * @param {(id: string) => {state: string, isChosen: boolean}} look how a file is to be shown
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
    this.#nearby = new IntersectionObserver((entries) => this.#moved(entries), { rootMargin: '400px' });
    this.#sizes = new ResizeObserver(() => this.place());
  }

  open() {
    this.#document.documentElement.append(this.#host);
    this.#sizes.observe(this.#document.documentElement);
    if (this.#document.body) this.#sizes.observe(this.#document.body);
  }

  close() {
    this.#nearby.disconnect();
    this.#sizes.disconnect();
    this.#host.remove();
  }

  /** @param {readonly Thumbnail[]} thumbnails */
  watch(thumbnails) {
    for (const thumbnail of thumbnails) {
      this.#watched.set(thumbnail.picture, thumbnail);
      this.#nearby.observe(thumbnail.picture);
    }
  }

  /** @param {readonly Thumbnail[]} thumbnails */
  drop(thumbnails) {
    for (const { picture } of thumbnails) {
      this.#nearby.unobserve(picture);
      this.#watched.delete(picture);
      this.#erase(picture);
    }
  }

  dropAll() {
    this.drop([...this.#watched.values()]);
  }

  /** @param {boolean} isSelecting */
  setSelecting(isSelecting) {
    this.#marks.classList.toggle('selecting', isSelecting);
  }

  /** Everything drawn looks as it should; nothing is measured. */
  paint() {
    for (const { thumbnail, mark, sign } of this.#drawn.values()) {
      const { state, isChosen } = this.#look(thumbnail.id);
      if (mark.dataset.state !== state) mark.dataset.state = state;
      const text = isChosen ? '✓' : (SIGNS[state] ?? '');
      if (sign.textContent !== text) sign.textContent = text;
      mark.classList.toggle('chosen', isChosen);
    }
  }

  /** Everything drawn lies where its picture is, at the next frame. */
  place() {
    if (this.#isMeasuring || !this.#drawn.size) return;
    this.#isMeasuring = true;
    requestAnimationFrame(() => {
      this.#isMeasuring = false;
      const origin = this.#origin();
      // All is read before anything is written, so that the page is laid out once
      const places = [...this.#drawn].map(([picture, { mark }]) => /** @type {const} */ ([mark, picture.getBoundingClientRect()]));
      for (const [mark, rect] of places) Layer.#lay(mark, rect, origin);
    });
  }

  /**
   * Where every picture of these is, in the page's own measure: one look at the layout.
   * @param {readonly Thumbnail[]} thumbnails
   * @returns {{id: string, area: Area}[]}
   */
  areas(thumbnails) {
    const origin = this.#origin();
    return thumbnails.map(({ id, picture }) => {
      const { left, top, width, height } = picture.getBoundingClientRect();
      return { id, area: { x: left - origin.left, y: top - origin.top, width, height } };
    });
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
    if (area) Layer.#lay(this.#box, { left: area.x, top: area.y, width: area.width, height: area.height }, { left: 0, top: 0 });
  }

  #origin() {
    return this.#host.getBoundingClientRect();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #moved(entries) {
    for (const { target, isIntersecting } of entries) {
      const thumbnail = this.#watched.get(target);
      if (!isIntersecting) this.#erase(target);
      else if (thumbnail && !this.#drawn.has(target)) this.#draw(thumbnail);
    }
    this.paint();
    this.place();
  }

  /** @param {Thumbnail} thumbnail */
  #draw(thumbnail) {
    const mark = this.#document.createElement('div');
    const sign = this.#document.createElement('div');
    mark.className = 'mark';
    sign.className = 'sign';
    mark.hidden = true; // until it is known where it lies
    mark.append(sign);
    this.#marks.append(mark);
    this.#drawn.set(thumbnail.picture, { thumbnail, mark, sign });
  }

  /** @param {Element} picture */
  #erase(picture) {
    this.#drawn.get(picture)?.mark.remove();
    this.#drawn.delete(picture);
  }

  /**
   * @param {HTMLElement} element
   * @param {{left: number, top: number, width: number, height: number}} rect
   * @param {{left: number, top: number}} origin
   */
  static #lay(element, { left, top, width, height }, origin) {
    element.hidden = element.className !== 'box' && !(width > 0 && height > 0);
    element.style.transform = `translate(${left - origin.left}px, ${top - origin.top}px)`;
    element.style.width = `${width}px`;
    element.style.height = `${height}px`;
  }
}
