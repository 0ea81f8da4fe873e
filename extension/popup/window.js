/** Which rows of a long list are near enough to the eye to be there. Pure. */

/** Rows beyond the edges: the next ones for the Tab key and for a slow scroll. */
const OVERSCAN = 3;

/**
 * @param {{count: number, row_px: number, scroll_px: number, view_px: number}} list
 * @returns {[first: number, end: number]} the first row, and the one after the last
 */
export function rowsInView({ count, row_px, scroll_px, view_px }) {
  const first = Math.floor(scroll_px / row_px) - OVERSCAN;
  const end = Math.ceil((scroll_px + view_px) / row_px) + OVERSCAN;
  return [Math.min(Math.max(0, first), count), Math.min(Math.max(0, end), count)];
}
