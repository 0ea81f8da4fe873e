/**
 * Where the browser starts the background: a service worker in Chromium, an event page in Firefox. Listeners are
 * registered before anything is awaited, else the event that woke the background would be lost.
 */

import { browser, browserText, disconnectText } from '../shared/browser.js';
import { systemClock } from '../shared/clock.js';
import { Background } from './background.js';

const background = new Background({ browser, clock: systemClock, disconnectText, browserText });

browser.runtime.onInstalled.addListener(() => void background.introduce());
browser.runtime.onStartup.addListener(() => void background.introduce());
browser.runtime.onConnect.addListener((port) => void background.connect(port));
browser.contextMenus.onClicked.addListener((info, tab) => void background.gestures.menuClicked(info, tab));
browser.commands.onCommand.addListener((command, tab) => void background.gestures.commandPressed(command, tab));
browser.permissions.onAdded.addListener(hearNotifications);
hearNotifications();

/** There are notifications only once a person has allowed them. Hearing twice would be no harm: it is the same listener. */
function hearNotifications() {
  browser.notifications?.onClicked.addListener(notificationClicked);
}

/** @param {string} id */
function notificationClicked(id) {
  void background.notifications.clicked(id);
}

void background.wake();
