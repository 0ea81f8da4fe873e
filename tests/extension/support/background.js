/** A background in a browser in memory, with a host registered. */

import { FakeBrowser } from './browser.js';
import { FakeClock, settled } from './clock.js';
import { FakeHost } from './host.js';
import { Background } from '../../../extension/background/background.js';
import { disconnectText } from '../../../extension/shared/browser.js';

/** @typedef {Record<string, any>} Message */

export class Stage {
  browser = new FakeBrowser();
  host = new FakeHost(this.browser);
  clock = new FakeClock();
  background = this.start();

  /** The browser starts the background, for the first time or after it has stopped it. */
  start() {
    const { runtime, contextMenus, permissions } = this.browser;
    for (const event of [runtime.onConnect, contextMenus.onClicked, permissions.onAdded, permissions.onRemoved]) event.listeners = [];
    const background = new Background({
      browser: this.browser.api,
      clock: this.clock,
      disconnectText: (port) => disconnectText(port, this.browser.api.runtime),
      browserText: () => 'Chromium 121',
    });
    runtime.onConnect.addListener((port) => void background.connect(port));
    this.background = background;
    return background;
  }

  /**
   * A page that is open, and everything it has heard.
   * @param {Parameters<FakeBrowser['connectPage']>[0]} [sender]
   */
  async openPage(sender) {
    /** @type {Message[]} */
    const heard = [];
    const port = this.browser.connectPage(sender);
    port.onMessage.addListener((message) => heard.push(message));
    await settled();
    return {
      port,
      heard,
      /** What it has heard of this type. @param {string} type */
      of: (type) => heard.filter((message) => message.type === type),
      /**
       * The reply to a request.
       * @param {Message} request
       */
      ask: async (request) => {
        port.postMessage(request);
        await settled();
        return heard.find((message) => message.re === request.id);
      },
    };
  }

  /** @param {Message} info */
  async chooseFromMenu(info) {
    await this.background.gestures.menuClicked(/** @type {any} */ (info));
    await settled();
  }
}
