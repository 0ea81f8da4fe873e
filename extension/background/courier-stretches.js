/** One file asked for a stretch at a time: each in its turn, or a little before, so that nothing stands still meanwhile. */

/** @typedef {import('./courier-answer.js').Answer} Answer */
/** @typedef {import('./courier-answer.js').Wish} Wish */

/**
 * So much is asked for at a time. Firefox takes in the whole of an answer, however slowly it is read; a stretch is the most
 * it can hold of one.
 */
export const STRETCH_BYTES = 4 * 1024 * 1024;
/** The next stretch is asked for when so much of this one is left: what most sites send while a question is on its way. */
export const AHEAD_BYTES = 1024 * 1024;

export class Stretches {
  #ask;
  /** What was asked for before its turn. @type {{from: number, answer: Promise<Answer>}|null} */
  #ahead = null;

  /** @param {(wish: Omit<Wish, 'url'>) => Promise<Answer>} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  /**
   * The stretch that begins here.
   * @param {number} from
   * @returns {Promise<Answer>}
   */
  take(from) {
    const ahead = this.#ahead;
    if (ahead?.from !== from) this.drop();
    this.#ahead = null;
    return ahead?.from === from ? ahead.answer : this.#ask(stretch(from));
  }

  /**
   * This one will be next.
   * @param {number} from
   */
  prepare(from) {
    if (this.#ahead) return;
    const answer = this.#ask(stretch(from));
    answer.catch(() => {}); // whoever takes it sees to it
    this.#ahead = { from, answer };
  }

  /** Nothing that was asked for ahead is wanted. */
  drop() {
    if (this.#ahead) abandon(this.#ahead.answer);
    this.#ahead = null;
  }
}

/**
 * Nobody reads the answer, should it still come.
 * @param {Promise<Answer>} asked
 */
export function abandon(asked) {
  asked.then((late) => late.close(), () => {});
}

/** @param {number} from */
const stretch = (from) => ({ from, to: from + STRETCH_BYTES - 1 });
