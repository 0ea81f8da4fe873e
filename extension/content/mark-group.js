/** The marks of thumbnails that are neighbours: a box around them all, and in it, once that came near the screen, a mark for each. */

/** @typedef {{state: string, isChosen: boolean}} Look */

/** What each state is drawn as; what has no sign gets no mark outside of selecting. @type {Record<string, string>} */
const SIGNS = { have: '✓', new: '●', coming: '↓', missing: '' };

/** What is on one picture. What it shows already is not written once more. */
class Mark {
  #sign;
  #state = '';
  #text = '';
  #isChosen = false;
  /** In the box. */
  #area = NOWHERE;

  /** @param {Document} document */
  constructor(document) {
    this.element = document.createElement('div');
    this.element.className = 'mark';
    this.element.hidden = true;
    this.#sign = document.createElement('div');
    this.#sign.className = 'sign';
    this.element.append(this.#sign);
  }

  /** @param {Look} look */
  show({ state, isChosen }) {
    const text = isChosen ? '✓' : (SIGNS[state] ?? '');
    if (state !== this.#state) this.element.dataset.state = state;
    if (text !== this.#text) this.#sign.textContent = text;
    if (isChosen !== this.#isChosen) this.element.classList.toggle('chosen', isChosen);
    [this.#state, this.#text, this.#isChosen] = [state, text, isChosen];
  }

  /** @param {Area} area in the box */
  lay(area) {
    if (isSame(area, this.#area)) return;
    lay(this.element, area);
    this.#area = area;
  }
}

class MarkGroup {
  #document;
  /** Where the pictures lie, and their marks once they are drawn. @type {Map<Thumbnail, {area: Area, mark: Mark|null}>} */
  #places;
  #area = NOWHERE;
  #isDrawn = false;

  /**
   * @param {Document} document
   * @param {readonly Thumbnail[]} thumbnails
   */
  constructor(document, thumbnails) {
    this.#document = document;
    this.#places = new Map(thumbnails.map((thumbnail) => [thumbnail, { area: NOWHERE, mark: null }]));
    this.element = document.createElement('div');
    this.element.className = 'group';
    this.element.hidden = true; // until it is known where it lies
  }

  /** @returns {Thumbnail[]} */
  get thumbnails() {
    return [...this.#places.keys()];
  }

  get isEmpty() {
    return this.#places.size === 0;
  }

  /** @param {(id: string) => Look} look */
  draw(look) {
    if (this.#isDrawn) return;
    this.#isDrawn = true;
    for (const place of this.#places.values()) place.mark = new Mark(this.#document);
    this.paint(look);
    this.#layMarks();
    this.element.append(...[...this.#places.values()].flatMap(({ mark }) => (mark ? [mark.element] : [])));
  }

  /** @param {(id: string) => Look} look */
  paint(look) {
    if (this.#isDrawn) for (const [{ id }, { mark }] of this.#places) mark?.show(look(id));
  }

  /** The pictures lie here now. @param {readonly Area[]} areas in the order of the thumbnails */
  lay(areas) {
    [...this.#places.values()].forEach((place, at) => (place.area = areas[at] ?? NOWHERE));
    const area = around(areas);
    if (!isSame(area, this.#area)) lay(this.element, area);
    this.#area = area;
    if (this.#isDrawn) this.#layMarks();
  }

  /** @param {Thumbnail} thumbnail */
  drop(thumbnail) {
    this.#places.get(thumbnail)?.mark?.element.remove();
    this.#places.delete(thumbnail);
  }

  #layMarks() {
    const { x, y } = this.#area;
    for (const { area, mark } of this.#places.values()) mark?.lay({ ...area, x: area.x - x, y: area.y - y });
  }
}
