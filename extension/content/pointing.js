/** Choosing with mouse and keyboard: a click, a click with shift, a box. What the page itself does does not count. */

/** From so many pixels on it is a box and no click. */
const BOX_FROM_PX = 6;

class Pointing {
  #window;
  #layer;
  #thumbnails;
  #choice;
  #changed;
  #finish;
  /** @type {AbortController|null} */
  #listening = null;
  /** @type {{start: {x: number, y: number}, areas: {id: string, area: Area}[]|null}|null} */
  #drag = null;
  #wasBox = false;

  /**
   * @param {Window} window
   * @param {Layer} layer
   * @param {Thumbnails} thumbnails
   * @param {Choice} choice
   * @param {() => void} changed the choice is another now
   * @param {() => void} finish Escape was pressed
   */
  constructor(window, layer, thumbnails, choice, changed, finish) {
    this.#window = window;
    this.#layer = layer;
    this.#thumbnails = thumbnails;
    this.#choice = choice;
    this.#changed = changed;
    this.#finish = finish;
  }

  start() {
    this.#listening = new AbortController();
    const options = { capture: true, signal: this.#listening.signal };
    /** @type {[string, (event: any) => void][]} */
    const listeners = [
      ['click', (event) => this.#click(event)],
      ['pointerdown', (event) => this.#down(event)],
      ['pointermove', (event) => this.#move(event)],
      ['pointerup', () => this.#up()],
      ['pointercancel', () => this.#up()],
      ['dragstart', (event) => event.preventDefault()],
      ['selectstart', (event) => event.preventDefault()],
      ['keydown', (event) => event.isTrusted && event.key === 'Escape' && this.#finish()],
    ];
    for (const [type, listener] of listeners) this.#window.addEventListener(type, listener, options);
  }

  stop() {
    this.#listening?.abort();
    this.#drag = null;
    this.#layer.showBox(null);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (!event.isTrusted || event.button !== 0) return;
    const wasBox = this.#wasBox;
    this.#wasBox = false;
    const thumbnail = this.#thumbnails.at(event.target);
    if (!thumbnail && !wasBox) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (wasBox || !thumbnail) return;
    if (event.shiftKey) this.#choice.extend(thumbnail.id, this.#thumbnails.all.map(({ id }) => id));
    else this.#choice.toggle(thumbnail.id);
    this.#changed();
  }

  /** @param {PointerEvent} event */
  #down(event) {
    this.#wasBox = false;
    const isOurs = event.target instanceof Element && event.target.localName === 'threadreel-marks';
    if (event.isTrusted && event.button === 0 && event.pointerType === 'mouse' && !isOurs) {
      this.#drag = { start: this.#layer.point(event), areas: null };
    }
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#drag || !event.isTrusted) return;
    const { start } = this.#drag;
    const { x, y } = this.#layer.point(event);
    if (!this.#drag.areas && Math.hypot(x - start.x, y - start.y) < BOX_FROM_PX) return;
    this.#drag.areas ??= this.#layer.areas(this.#thumbnails.all);
    const box = { x: Math.min(x, start.x), y: Math.min(y, start.y), width: Math.abs(x - start.x), height: Math.abs(y - start.y) };
    this.#layer.showBox(box);
    this.#choice.add(this.#drag.areas.filter(({ area }) => touches(area, box)).map(({ id }) => id));
    this.#changed();
  }

  #up() {
    this.#wasBox = Boolean(this.#drag?.areas);
    this.#drag = null;
    this.#layer.showBox(null);
  }
}

/**
 * @param {Area} one
 * @param {Area} other
 */
function touches(one, other) {
  return (
    one.width > 0 && one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height
  );
}
