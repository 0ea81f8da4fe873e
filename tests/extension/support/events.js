/** The browser's event objects and ports, in memory. */

/** One of the browser's events: listeners are called in the order in which they came. */
export class FakeEvent {
  /** @type {((...values: any[]) => unknown)[]} */
  listeners = [];

  /** @param {(...values: any[]) => unknown} listener */
  addListener(listener) {
    this.listeners.push(listener);
  }

  /** @param {...any} values */
  fire(...values) {
    for (const listener of [...this.listeners]) listener(...values);
  }
}

/** One end of a port. What is posted is heard at the other end, as a copy. Its own disconnect() tells only the other end. */
export class FakePort {
  onMessage = new FakeEvent();
  onDisconnect = new FakeEvent();
  isOpen = true;
  /** @type {{message: string}|undefined} */
  error = undefined;
  /** @type {FakePort|undefined} */
  other = undefined;

  /**
   * @param {string} name
   * @param {object} [sender]
   */
  constructor(name, sender) {
    this.name = name;
    this.sender = sender;
  }

  /** @param {unknown} message */
  postMessage(message) {
    if (!this.isOpen) throw new Error('Attempting to use a disconnected port object');
    this.other?.onMessage.fire(structuredClone(message));
  }

  disconnect() {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (!this.other) return;
    this.other.isOpen = false;
    this.other.onDisconnect.fire(this.other);
  }
}

/**
 * Two ends of one port.
 * @param {string} name
 * @param {object} [sender] who has the first end
 * @returns {[FakePort, FakePort]}
 */
export function portPair(name, sender) {
  const [here, there] = [new FakePort(name), new FakePort(name, sender)];
  here.other = there;
  there.other = here;
  return [here, there];
}
