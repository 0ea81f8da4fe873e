"""What Firefox shows, as pages: a tab, the layer over its page, and the popup.

The last two are reached through the browser's own window, by scripts that it carries into their processes.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

from marionette_driver.marionette import Marionette

from browsers.browser import LAYER, Popup
from browsers.page import Page
from waiting import wait_until

#: what the function body returns in the browser's own window, with further arguments as ``args``
InWindow = Callable[..., Any]

POPUP = "document.querySelector('browser.webextension-popup-browser')"
TAB = "gBrowser.selectedBrowser"
_IN_LAYER = f"""
    const root = content.document.querySelector("{LAYER}").openOrClosedShadowRoot;
    Object.defineProperty(sandbox, "document", {{value: Cu.waiveXrays(root)}});
"""
#: runs in the popup's own process, with the popup's document as its global
_FRAME_SCRIPT = """
addMessageListener("threadreel:press", ({data: [x, y]}) => {
  for (const type of ["mousedown", "mouseup"]) content.synthesizeMouseEvent(type, x, y, {button: 0, clickCount: 1}, {});
});
addMessageListener("threadreel:leave", () => content.synthesizeMouseEvent("mousemove", 0, 0, {}, {}));
addMessageListener("threadreel:evaluate", async ({data}) => {
  let answer;
  try {
    const sandbox = Cu.Sandbox(content, {sandboxPrototype: content, wantXrays: false});
    /* more */
    answer = {value: JSON.stringify(await Cu.evalInSandbox(`(async () => (${data.expression}))()`, sandbox)) ?? "null"};
  } catch (error) {
    answer = {error: String(error)};
  }
  sendAsyncMessage("threadreel:evaluated", answer);
});
"""


class Tab(Page):
    def __init__(self, marionette: Marionette) -> None:
        self._marionette = marionette

    def evaluate(self, expression: str) -> Any:
        return self._marionette.execute_async_script(
            f"const done = arguments[0]; (async () => ({expression}))().then(done, (e) => done('error: ' + e))",
            sandbox=None,
        )

    def png(self) -> bytes:
        return self._marionette.screenshot(self._marionette.find_element("css selector", "html"), format="binary")


def _load(in_window: InWindow, element: str, script: str) -> None:
    """A frame script in what this browser element shows."""
    in_window(f"{element}.messageManager.loadFrameScript('data:,' + encodeURIComponent(args[0]), false)", script)


def _evaluate(in_window: InWindow, element: str, word: str, expression: str) -> Any:
    """What the frame script that answers to ``word`` in this browser element says."""
    answer = in_window(
        f"""const manager = {element}.messageManager;
        return new Promise((resolve) => {{
          manager.addMessageListener("{word}:evaluated", function heard({{data}}) {{
            manager.removeMessageListener("{word}:evaluated", heard);
            resolve(data);
          }});
          manager.sendAsyncMessage("{word}:evaluate", {{expression: args[0]}});
        }});""",
        expression,
    )
    assert "error" not in answer, f"{expression}: {answer['error']}"
    return json.loads(answer["value"])


class View(Tab):
    def png(self) -> bytes:
        return self._marionette.screenshot(format="binary", full=False)


class Layer(Tab):
    def __init__(self, marionette: Marionette, in_window: InWindow) -> None:
        super().__init__(marionette)
        self._in_window = in_window
        script = _FRAME_SCRIPT.replace("/* more */", _IN_LAYER).replace("threadreel:", "threadreel-layer:")
        _load(in_window, TAB, script)

    def evaluate(self, expression: str) -> Any:
        return _evaluate(self._in_window, TAB, "threadreel-layer", expression)


class PopupPanel(Popup):
    def __init__(self, in_window: InWindow) -> None:
        self._in_window = in_window
        _load(in_window, POPUP, _FRAME_SCRIPT)

    def set_dark(self, dark: bool) -> None:
        scheme = "dark" if dark else "light"
        self._in_window(f"{POPUP}.browsingContext.prefersColorSchemeOverride = args[0];", scheme)

    def press(self, css: str) -> None:
        place = list(self.middle(css))
        self._in_window(f"{POPUP}.messageManager.sendAsyncMessage('threadreel:press', args[0]);", place)

    def take_mouse_away(self) -> None:
        self._in_window(f"{POPUP}.messageManager.sendAsyncMessage('threadreel:leave')")

    def evaluate(self, expression: str) -> Any:
        return _evaluate(self._in_window, POPUP, "threadreel", expression)

    def png(self) -> bytes:
        picture = self._in_window(
            f"""const page = {POPUP}.browsingContext.currentWindowGlobal;
            const bitmap = await page.drawSnapshot(null, window.devicePixelRatio, "white");
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
            canvas.getContext("2d").drawImage(bitmap, 0, 0);
            const bytes = await (await canvas.convertToBlob({{type: "image/png"}})).bytes();
            return bytes.toBase64();"""
        )
        return base64.b64decode(picture)

    def close(self) -> None:
        self._in_window(f"{POPUP}.closest('panel').hidePopup()")
        wait_until(lambda: self._in_window(f"return !{POPUP}"), "the popup to be gone")
