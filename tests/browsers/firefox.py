"""Firefox, headless: driven by Marionette, in pages and in the browser's own window."""

import json
import os
import signal
from typing import Any

from marionette_driver.addons import Addons

from board.certificates import Certificate
from browsers.browser import Browser, Popup
from browsers.display import Display
from browsers.firefox_pages import POPUP, TAB, Layer, PopupPanel, Tab, View
from browsers.firefox_start import UUID, environment, package, start
from browsers.page import Page
from browsers.stage import Stage
from waiting import wait_until

_SCRIPT_LIMIT_S = 30
_END_LIMIT_S = 20
_QUESTION = "document.querySelector('#notification-popup popupnotification')"


class Firefox(Browser):
    name = "firefox"

    def __init__(self, stage: Stage, *, register: bool = True, display: Display | None = None) -> None:
        super().__init__(stage)
        self._dark = False
        stage.home.mkdir()
        if register:
            self.register_host()
        self._display = display
        self._marionette = start(stage, display)
        self._marionette.timeout.script = _SCRIPT_LIMIT_S
        Addons(self._marionette).install(str(package(stage)), temp=not stage.is_lasting)
        if stage.certificate:
            self._trust(stage.certificate)
        if display:
            # nobody needs to be told, by stripes in the address bar, that a program drives this browser
            self.in_window("document.documentElement.removeAttribute('remotecontrol')")

    @property
    def extension_root(self) -> str:
        return f"moz-extension://{UUID}/"

    @property
    def tab(self) -> Page:
        return Tab(self._marionette)

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
        shown = f"{POPUP}?.currentURI.spec.includes({json.dumps(self.stage.popup_path)})"
        wait_until(
            lambda: self.in_window(f"return {shown} && {POPUP}.getBoundingClientRect().height > 30"), "the popup"
        )
        popup = PopupPanel(self.in_window)
        popup.set_dark(self._dark)
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
        return Layer(self._marionette, self.in_window)

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

    def expect_question(self) -> None:
        assert not self.is_asking()

    def is_asking(self) -> bool:
        return bool(self.in_window(f"return {_QUESTION}?.button.disabled === false"))

    def answer(self, is_yes: bool) -> None:
        self.in_window(f"{_QUESTION}.{'button' if is_yes else 'secondaryButton'}.click()")
        wait_until(lambda: self.in_window(f"return !{_QUESTION}"), "the question to be gone", _END_LIMIT_S)

    def allow(self, pattern: str) -> None:
        self.wait_for_question()
        self.answer(True)
        # A click there closes the popup, were it not for the preference that keeps it open
        self.in_window(f"{POPUP}?.closest('panel').hidePopup()")
        wait_until(lambda: self.in_window(f"return !{POPUP}"), "the popup to be gone")
        question = (
            "return WebExtensionPolicy.getByID(ID).extension.allowedOrigins.patterns.some(p => p.pattern === args[0])"
        )
        wait_until(lambda: self.in_window(question, pattern), f"{pattern} to be allowed")

    def choose_next(self) -> None:
        self.in_window(
            """const keyboard = Cc["@mozilla.org/text-input-processor;1"].createInstance(Ci.nsITextInputProcessor);
            keyboard.beginInputTransactionForTests(window);
            const key = new KeyboardEvent("", {key: "ArrowDown", code: "ArrowDown", keyCode: 40});
            keyboard.keydown(key);
            keyboard.keyup(key);"""
        )

    def stop_background(self) -> None:
        self.in_window(
            "await WebExtensionPolicy.getByID(ID).extension.terminateBackground({disableResetIdleForTest: true})"
        )

    def set_dark(self, dark: bool) -> None:
        self._dark = dark
        content = "layout.css.prefers-color-scheme.content-override"
        self.in_window(f'Services.prefs.setIntPref("{content}", args[0])', 0 if dark else 1)

    def _trust(self, certificate: Certificate) -> None:
        lines = certificate.authority.read_text(encoding="ascii").splitlines()
        self.in_window(
            """const found = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
            found.addCertFromBase64(args[0], "C,,");""",
            "".join(line for line in lines if not line.startswith("-")),
        )

    def place_window(self, width: int, height: int) -> None:
        self._marionette.set_window_rect(x=0, y=0, width=width, height=height)

    def set_window(self, width: int, height: int) -> None:
        self.in_window(
            f"""const {{width, height}} = {TAB}.getBoundingClientRect(), scale = window.devicePixelRatio;
            window.resizeBy(args[0] / scale - width, args[1] / scale - height);""",
            width,
            height,
        )

    @property
    def view(self) -> Page:
        return View(self._marionette)

    def register_host(self) -> None:
        folder = self.stage.home / ".mozilla" / "native-messaging-hosts"
        self.stage.register_host(folder, {"allowed_extensions": [self.stage.gecko_id]})

    def restart(self, *, is_killed: bool) -> None:
        if is_killed:
            os.kill(self._marionette.process_id, signal.SIGKILL)
            self._marionette.instance.runner.wait(_END_LIMIT_S)
            self._marionette.delete_session(send_request=False)
        else:
            self._marionette.quit()
        with environment(self.stage, self._display):
            self._marionette.start_session({"acceptInsecureCerts": True})
        self._marionette.timeout.script = _SCRIPT_LIMIT_S

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
