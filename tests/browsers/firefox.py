"""Firefox, headless: driven by Marionette, in pages and in the browser's own window."""

import base64
import json
import shutil
import socket
import warnings
from typing import Any

import pytest
from marionette_driver.addons import Addons
from marionette_driver.marionette import Marionette

from browsers.browser import LAYER, Browser, Popup
from browsers.page import Page
from browsers.stage import Stage
from waiting import wait_until

#: pinned by a preference, so that the address of the extension's pages is known
_UUID = "11111111-2222-4333-8444-555555555555"
_SCRIPT_LIMIT_S = 30
_POPUP = "document.querySelector('browser.webextension-popup-browser')"
_TAB = "gBrowser.selectedBrowser"
_IN_LAYER = f"""
    const root = content.document.querySelector("{LAYER}").openOrClosedShadowRoot;
    Object.defineProperty(sandbox, "document", {{value: Cu.waiveXrays(root)}});
"""
#: runs in the popup's own process, with the popup's document as its global
_FRAME_SCRIPT = """
addMessageListener("threadreel:press", ({data: [x, y]}) => {
  for (const type of ["mousedown", "mouseup"]) content.synthesizeMouseEvent(type, x, y, {button: 0, clickCount: 1}, {});
});
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


class Firefox(Browser):
    name = "firefox"

    def __init__(self, stage: Stage, *, register: bool = True) -> None:
        super().__init__(stage)
        self._dark = False
        stage.home.mkdir()
        if register:
            self.register_host()
        preferences = {
            "extensions.webextensions.uuids": json.dumps({stage.gecko_id: _UUID}),
            # every name is this machine, and its web ports are the board's
            "network.dns.forceResolve": "127.0.0.1",
            "network.socket.forcePort": f"80={stage.http_port};443={stage.https_port}",
            "services.settings.server": "data:,#none",
            "ui.popup.disable_autohide": True,
        }
        self._marionette = _start(stage, preferences)
        self._marionette.timeout.script = _SCRIPT_LIMIT_S
        Addons(self._marionette).install(str(stage.extension), temp=True)

    @property
    def extension_root(self) -> str:
        return f"moz-extension://{_UUID}/"

    @property
    def tab(self) -> Page:
        return _Tab(self._marionette)

    def goto(self, url: str) -> None:
        self._marionette.navigate(url)

    def new_tab(self) -> str:
        handle = self._marionette.open(type="tab", focus=True)["handle"]
        self.switch(handle)
        return handle

    def switch(self, handle: str) -> None:
        self._marionette.switch_to_window(handle)

    @property
    def handle(self) -> str:
        return self._marionette.current_window_handle

    def open_popup(self) -> Popup:
        self.in_window(
            """const {ExtensionParent} = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
            const {extension} = WebExtensionPolicy.getByID(ID);
            await ExtensionParent.apiManager.global.browserActionFor(extension).triggerAction(window);"""
        )
        shown = f"{_POPUP}?.currentURI.spec.includes({json.dumps(self.stage.popup_path)})"
        wait_until(
            lambda: self.in_window(f"return {shown} && {_POPUP}.getBoundingClientRect().height > 30"), "the popup"
        )
        self.in_window(
            f"""{_POPUP}.browsingContext.prefersColorSchemeOverride = args[0];
            {_POPUP}.messageManager.loadFrameScript("data:," + encodeURIComponent(args[1]), false);""",
            "dark" if self._dark else "light",
            _FRAME_SCRIPT,
        )
        popup = _FirefoxPopup(self)
        wait_until(lambda: popup.evaluate("document.readyState") == "complete", "the popup to be loaded")
        return popup

    def choose_menu(self, css: str, item: str) -> None:
        element = self._marionette.find_element("css selector", css)
        mouse = self._marionette.actions.sequence("pointer", "mouse", {"pointerType": "mouse"})
        mouse.pointer_move(0, 0, origin=element).pointer_down(button=2).pointer_up(button=2).perform()
        entry = f"{self.stage.gecko_id.replace('@', '_').replace('.', '_')}-menuitem-_{item}"
        menu = "document.getElementById('contentAreaContextMenu')"
        ready = f"return {menu}.state === 'open' && !!document.getElementById(args[0])"
        wait_until(lambda: self.in_window(ready, entry), f"the menu entry {item}")
        # Entries of one extension are grouped in a submenu, which must be open before one can be activated
        self.in_window(
            f"""const entry = document.getElementById(args[0]), popup = entry.parentNode;
            if (popup !== {menu} && popup.state !== "open") {{
              await new Promise((shown) => {{
                popup.addEventListener("popupshown", shown, {{once: true}});
                popup.parentNode.openMenu(true);
              }});
            }}
            popup.activateItem(entry);""",
            entry,
        )

    def layer(self) -> Page:
        script = _FRAME_SCRIPT.replace("/* more */", _IN_LAYER).replace("threadreel:", "threadreel-layer:")
        self.in_window(f"{_TAB}.messageManager.loadFrameScript('data:,' + encodeURIComponent(args[0]), false)", script)
        return _FirefoxLayer(self)

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, shift: bool = False) -> None:
        keys = self._marionette.actions.sequence("key", "keyboard")
        if shift:
            keys.key_down("\ue008").perform()
        mouse = self._marionette.actions.sequence("pointer", "mouse", {"pointerType": "mouse"})
        (x, y), (to_x, to_y) = start, end
        mouse.pointer_move(int(x), int(y)).pointer_down(button=0)
        if start != end:
            mouse.pointer_move(int(x + to_x) // 2, int(y + to_y) // 2).pointer_move(int(to_x), int(to_y))
        mouse.pointer_up(button=0).perform()
        if shift:
            self._marionette.actions.sequence("key", "keyboard").key_up("\ue008").perform()

    def allow(self, pattern: str) -> None:
        button = "document.querySelector('#notification-popup popupnotification')?.button"
        wait_until(lambda: self.in_window(f"return {button}?.disabled === false"), "the browser's question")
        self.in_window(f"{button}.click()")
        # A click there closes the popup, were it not for the preference that keeps it open
        self.in_window(f"{_POPUP}?.closest('panel').hidePopup()")
        wait_until(lambda: self.in_window(f"return !{_POPUP}"), "the popup to be gone")
        question = (
            "return WebExtensionPolicy.getByID(ID).extension.allowedOrigins.patterns.some(p => p.pattern === args[0])"
        )
        wait_until(lambda: self.in_window(question, pattern), f"{pattern} to be allowed")

    def stop_background(self) -> None:
        self.in_window(
            "await WebExtensionPolicy.getByID(ID).extension.terminateBackground({disableResetIdleForTest: true})"
        )

    def set_dark(self, dark: bool) -> None:
        self._dark = dark
        content = "layout.css.prefers-color-scheme.content-override"
        self.in_window(f'Services.prefs.setIntPref("{content}", args[0])', 0 if dark else 1)

    def show_zoomed(self, path: str, factor: int, width: int, height: int, dark: bool) -> Page:
        self.extension_page(path)
        self.in_window(
            """const browser = gBrowser.selectedBrowser, box = browser.getBoundingClientRect();
            window.resizeBy(args[1] - box.width, args[2] - box.height);
            browser.fullZoom = args[0];
            browser.browsingContext.prefersColorSchemeOverride = args[3];""",
            factor,
            width,
            height,
            "dark" if dark else "light",
        )
        return _Window(self._marionette)

    def register_host(self) -> None:
        folder = self.stage.home / ".mozilla" / "native-messaging-hosts"
        self.stage.register_host(folder, {"allowed_extensions": [self.stage.gecko_id]})

    def close(self) -> None:
        self._marionette.quit()
        self._marionette.cleanup()
        # Both the profile used and the one that Marionette makes when it cleans up would be removed once more when the
        # interpreter ends, after the modules that this takes
        instance = self._marionette.instance
        for profile in (instance.profile, instance.runner.profile):
            profile.cleanup()
            profile.restore = False

    def in_window(self, body: str, *args: Any) -> Any:
        """What the function body returns in the browser's own window; ID is the extension's id."""
        script = (
            "const done = arguments[arguments.length - 1], args = [...arguments].slice(0, -1);"
            f"const ID = {json.dumps(self.stage.gecko_id)};"
            f"(async () => {{ {body} }})().then((value) => done({{value}}), (error) => done({{error: String(error)}}))"
        )
        with self._marionette.using_context("chrome"):
            answer = self._marionette.execute_async_script(script, script_args=args)
        assert "error" not in answer, answer["error"]
        return answer.get("value")


def _start(stage: Stage, preferences: dict[str, Any]) -> Marionette:
    # Marionette hands no environment on: the browser inherits ours
    ours = {"HOME": str(stage.home), "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1"}
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # while it waits for the browser's port, Marionette drops its sockets without closing them
        warnings.simplefilter("ignore", ResourceWarning)
        for name, value in ours.items():
            patch.setenv(name, value)
        marionette = Marionette(
            port=_free_port(),
            bin=shutil.which("firefox-esr") or shutil.which("firefox"),
            headless=True,
            app_args=["--remote-allow-system-access"],
            gecko_log=str(stage.folder / "gecko.log"),
            prefs=preferences,
        )
        marionette.start_session({"acceptInsecureCerts": True})
    return marionette


def _free_port() -> int:
    """One that nobody listens on: several browsers may run side by side."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class _Tab(Page):
    def __init__(self, marionette: Marionette) -> None:
        self._marionette = marionette

    def evaluate(self, expression: str) -> Any:
        return self._marionette.execute_async_script(
            f"const done = arguments[0]; (async () => ({expression}))().then(done, (e) => done('error: ' + e))",
            sandbox=None,
        )

    def png(self) -> bytes:
        return self._marionette.screenshot(self._marionette.find_element("css selector", "html"), format="binary")


def _evaluate(browser: Firefox, element: str, word: str, expression: str) -> Any:
    """What the frame script that answers to ``word`` in this browser element says."""
    answer = browser.in_window(
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


class _FirefoxLayer(Page):
    def __init__(self, browser: Firefox) -> None:
        self._browser = browser

    def evaluate(self, expression: str) -> Any:
        return _evaluate(self._browser, _TAB, "threadreel-layer", expression)

    def png(self) -> bytes:
        return self._browser.tab.png()


class _Window(_Tab):
    def png(self) -> bytes:
        return self._marionette.screenshot(format="binary", full=False)


class _FirefoxPopup(Popup):
    def __init__(self, browser: Firefox) -> None:
        self._browser = browser

    def set_dark(self, dark: bool) -> None:
        scheme = "dark" if dark else "light"
        self._browser.in_window(f"{_POPUP}.browsingContext.prefersColorSchemeOverride = args[0];", scheme)

    def press(self, css: str) -> None:
        place = list(self.middle(css))
        self._browser.in_window(f"{_POPUP}.messageManager.sendAsyncMessage('threadreel:press', args[0]);", place)

    def evaluate(self, expression: str) -> Any:
        return _evaluate(self._browser, _POPUP, "threadreel", expression)

    def png(self) -> bytes:
        picture = self._browser.in_window(
            f"""const bitmap = await {_POPUP}.browsingContext.currentWindowGlobal.drawSnapshot(null, 1, "white");
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
            canvas.getContext("2d").drawImage(bitmap, 0, 0);
            const bytes = await (await canvas.convertToBlob({{type: "image/png"}})).bytes();
            return bytes.toBase64();"""
        )
        return base64.b64decode(picture)

    def close(self) -> None:
        self._browser.in_window(f"{_POPUP}.closest('panel').hidePopup()")
        wait_until(lambda: self._browser.in_window(f"return !{_POPUP}"), "the popup to be gone")
