/** Where the browser gives the popup less room than it wants, the lists give way: one scroll bar instead of two. */

/** The browser lets a popup grow with its content, step by step; this long after the last step it has its size. */
const SETTLED_MS = 400;
/** Below this the lists could not be used any more (large zoom): then the page scrolls as a whole. */
const LEAST_PX = 400;

/**
 * @param {import('../shared/clock.js').Clock} clock
 * @returns {() => void} to be called when more has come to be seen: the popup may be able to grow
 */
export function fitToWindow(clock) {
  /** @type {unknown} */
  let timer = null;

  function fit() {
    // Heights have fractions, the window's has none
    const isCut = document.documentElement.scrollHeight > innerHeight + 1;
    if (!isCut) return;
    if (innerHeight >= LEAST_PX) document.body.style.maxBlockSize = `${innerHeight}px`;
    else document.body.dataset.cramped = '';
  }

  function wait() {
    clock.cancel(timer);
    timer = clock.after(fit, SETTLED_MS);
  }

  const observer = new ResizeObserver(wait);
  observer.observe(document.documentElement);
  observer.observe(document.body);
  return () => {
    document.body.style.removeProperty('max-block-size');
    wait();
  };
}
