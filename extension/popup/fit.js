/** Where the browser gives the popup less room than it wants, the list gives way: one scroll bar instead of two. */

/** The browser lets a popup grow with its content, step by step; this long after the last step it has its size. */
const SETTLED_MS = 300;
/** Below this the parts could not be used any more: then rather two scroll bars. */
const LEAST_PX = 400;

/** @param {import('../shared/clock.js').Clock} clock */
export function fitToWindow(clock) {
  /** @type {unknown} */
  let timer = null;

  function fit() {
    const isCut = document.documentElement.scrollHeight > innerHeight;
    if (isCut && innerHeight >= LEAST_PX) document.body.style.maxBlockSize = `${innerHeight}px`;
  }

  const observer = new ResizeObserver(() => {
    clock.cancel(timer);
    timer = clock.after(fit, SETTLED_MS);
  });
  observer.observe(document.documentElement);
  observer.observe(document.body);
}
