/** Where the browser gives the popup less room than it wants, the lists give way: one scroll bar instead of two. */

/** The browser lets a popup grow with its content, step by step; this long after the last step it has its size. */
const SETTLED_MS = 400;
/** Below this the lists could not be used any more (large zoom): then the popup scrolls as a whole. */
const LEAST_PX = 400;
/** Of the frame around a popup, below it. */
const FRAME_PX = 2;

/**
 * @param {import('../shared/clock.js').Clock} clock
 * @returns {() => void} to be called when more has come to be seen: the popup may be able to grow
 */
export function fitToWindow(clock) {
  const { dataset, style } = document.body;
  /** @type {unknown} */
  let timer = null;
  let room_px = Infinity;
  let screen_px = Infinity;
  let height_px = innerHeight;

  function fit() {
    const given_px = Math.min(innerHeight, roomOnScreen_px());
    // Heights have fractions, the window's has none
    if (document.documentElement.scrollHeight <= given_px + 1) return;
    room_px = given_px;
    screen_px = roomOnScreen_px();
    if (room_px < LEAST_PX) dataset.cramped = '';
    // Where the page itself scrolls, the browser may still give it more
    const limit_px = room_px < LEAST_PX ? screen_px : room_px;
    if (Number.isFinite(limit_px)) style.maxBlockSize = `${limit_px}px`;
  }

  function wait() {
    clock.cancel(timer);
    timer = clock.after(fit, SETTLED_MS);
  }

  function release() {
    room_px = screen_px = Infinity;
    style.removeProperty('max-block-size');
    delete dataset.cramped;
    wait();
  }

  function follow() {
    if (innerHeight > room_px + 1 || roomOnScreen_px() > screen_px + 1) release();
    // Firefox tells of a resize where there was none, again and again
    else if (innerHeight !== height_px) wait();
    height_px = innerHeight;
  }

  const observer = new ResizeObserver(wait);
  observer.observe(document.documentElement);
  observer.observe(document.body);
  addEventListener('resize', follow);
  // What scrolls as a whole has all there is; to try would only lose the place
  return () => (dataset.cramped === undefined ? release() : wait());
}

/** Firefox lets the edge of the screen cut a popup off and does not tell its page: large text on a small screen. */
function roomOnScreen_px() {
  const { mozInnerScreenY: top } = /** @type {{mozInnerScreenY?: number}} */ (/** @type {unknown} */ (window));
  const { availHeight, availTop = 0 } = /** @type {Screen & {availTop?: number}} */ (screen);
  return top === undefined ? Infinity : Math.floor(availTop + availHeight - top - FRAME_PX);
}
