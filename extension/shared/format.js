/**
 * Numbers for people: bytes, speeds, times. Pure; the language is handed in.
 */

const BYTE_UNITS = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/**
 * @param {number} size_bytes
 * @returns {[value: number, unit: string]} the value in the largest unit of which there is one, kilobytes at least
 */
function inUnit(size_bytes) {
  let value = size_bytes / 1000;
  let unit = 0;
  // 999.5 would be written as "1,000"
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return [value, /** @type {string} */ (BYTE_UNITS[unit])];
}

/**
 * @param {string} language
 */
export function createFormat(language) {
  /** @type {Map<string, Intl.NumberFormat>} */
  const known = new Map();

  /**
   * @param {number} value
   * @param {string} unit
   * @param {number} digits
   */
  function withUnit(value, unit, digits) {
    const key = `${unit} ${digits}`;
    const format = known.get(key) ?? new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: digits });
    known.set(key, format);
    return format.format(value);
  }

  /**
   * @param {number} size_bytes
   * @param {string} per
   */
  function size(size_bytes, per) {
    const [value, unit] = inUnit(size_bytes);
    if (size_bytes > 0 && unit === 'kilobyte') return withUnit(Math.max(1, Math.round(value)), unit + per, 0);
    return withUnit(value, unit + per, value < 99.95 && unit !== 'kilobyte' ? 1 : 0);
  }

  return Object.freeze({
    /** "4.2 MB"; anything below a kilobyte counts as one. @param {number} size_bytes */
    bytes: (size_bytes) => size(size_bytes, ''),

    /** "3.1 MB/s". @param {number} rate_bps bytes a second */
    speed: (rate_bps) => size(rate_bps, '-per-second'),

    /** "1,234". @param {number} value */
    count: (value) => value.toLocaleString(language),

    /** "57%", rounded down: 100% is only said when it is all. @param {number} fraction 0 to 1 */
    percent: (fraction) => (Math.floor(fraction * 100) / 100).toLocaleString(language, { style: 'percent' }),

    /**
     * A time still to wait, coarse enough not to flicker: "8 sec", "45 sec", "3 min", "1 hr 20 min".
     * @param {number} seconds
     */
    duration(seconds) {
      if (seconds < 10) return withUnit(Math.max(1, Math.ceil(seconds)), 'second', 0);
      if (seconds <= 55) return withUnit(Math.ceil(seconds / 5) * 5, 'second', 0);
      const minutes = Math.ceil(seconds / 60);
      if (minutes < 60) return withUnit(minutes, 'minute', 0);
      const rest = minutes % 60;
      const hours = withUnit(Math.floor(minutes / 60), 'hour', 0);
      return rest ? `${hours} ${withUnit(rest, 'minute', 0)}` : hours;
    },

    /**
     * A time that is counted down: "0:43", "12:05".
     * @param {number} seconds
     */
    countdown(seconds) {
      const whole = Math.max(0, Math.ceil(seconds));
      const two = new Intl.NumberFormat(language, { minimumIntegerDigits: 2 });
      return `${Math.floor(whole / 60).toLocaleString(language)}:${two.format(whole % 60)}`;
    },

    /**
     * "now", "5 min. ago", "yesterday".
     * @param {number} then_s Unix seconds
     * @param {number} now_ms milliseconds since 1970
     */
    ago(then_s, now_ms) {
      const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
      const minutes = Math.max(0, Math.floor((now_ms / 1000 - then_s) / 60));
      if (minutes < 1) return relative.format(0, 'second');
      if (minutes < 60) return relative.format(-minutes, 'minute');
      if (minutes < 24 * 60) return relative.format(-Math.floor(minutes / 60), 'hour');
      return relative.format(-Math.floor(minutes / (24 * 60)), 'day');
    },

    /** "14:05:09", on the person's own clock. @param {number} at_ms */
    clock: (at_ms) => new Date(at_ms).toLocaleTimeString(language, { hour12: false }),
  });
}

/** @typedef {ReturnType<typeof createFormat>} Format */

/**
 * A long name in two pieces: the first may be cut where the space ends, the second (its end and extension) stays.
 * @param {string} name
 * @returns {[head: string, tail: string]}
 */
export function splitName(name) {
  const characters = Array.from(name);
  const keep = Math.min(12, Math.floor(characters.length / 2));
  return [characters.slice(0, characters.length - keep).join(''), characters.slice(characters.length - keep).join('')];
}
