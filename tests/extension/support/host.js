/** A native host in memory. Every request it hears is held to the host's schema, every word it says is the test's. */

import assert from 'node:assert/strict';
import { objections } from './contract.js';
import { portPair } from './events.js';
import { hello } from './samples.js';

/** @typedef {Record<string, any>} Message */

export class FakeHost {
  /** All requests of all conversations. @type {Message[]} */
  heard = [];
  starts = 0;
  /** Answers by request type; a function is given the request. Types without one are not answered. @type {Record<string, any>} */
  answers = { hello: hello() };
  /** @type {import('./events.js').FakePort|undefined} */
  #port;

  /**
   * @param {import('./browser.js').FakeBrowser} browser in which it is registered
   */
  constructor(browser) {
    this.browser = browser;
    browser.startHost = () => this.#start();
  }

  get isRunning() {
    return this.#port?.isOpen ?? false;
  }

  /** @param {string} type */
  heardOf(type) {
    return this.heard.filter((request) => request.type === type);
  }

  /** @param {Message} message */
  say(message) {
    assert(this.#port?.isOpen, 'the host is not running');
    this.#port.postMessage(message);
  }

  /**
   * End, with the words the browser has for it.
   * @param {string} [words]
   */
  die(words = 'Native host has exited.') {
    this.browser.runtime.lastError = { message: words };
    this.#port?.disconnect();
    this.browser.runtime.lastError = undefined;
  }

  #start() {
    this.starts += 1;
    const [extension, host] = portPair('native');
    this.#port = host;
    host.onMessage.addListener((message) => this.#hear(message));
    return extension;
  }

  /** @param {Message} request */
  #hear(request) {
    assert.equal(objections('requests.json', request.type, request), '', `request ${JSON.stringify(request)}`);
    this.heard.push(request);
    const answer = this.answers[request.type];
    const result = typeof answer === 'function' ? answer(request) : answer;
    if (result?.error) this.say({ re: request.id, type: 'error', error: result.error });
    else if (result) this.say({ re: request.id, type: 'ok', result });
  }
}
