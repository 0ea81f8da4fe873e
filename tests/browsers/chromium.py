"""Chromium, headless: driven by chromedriver, and by DevTools where a page's driver does not reach."""

import contextlib
import json
import os
import shutil
import signal
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.keys import Keys
from websocket import WebSocketConnectionClosedException

from browsers.browser import LAYER, Browser, Popup
from browsers.devtools import DevTools, Session, SessionPage, ShadowPage
from browsers.display import Display
from browsers.page import Page
from browsers.stage import Stage
from waiting import wait_until

_SCRIPT_LIMIT_S = 30
#: each press of a key waits until nothing on the screen moves
_ANSWER_LIMIT_S = 30
_DARKER = 0.8
_STARTS = 5
_FIRST_PAGE_LIMIT_S = 8
_PAGE_LIMIT_S = 60
#: what Chromium tells about a click on the element with this selector
_CLICK_INFO = """(() => {
  const element = document.querySelector(%s), link = element.closest("a");
  return {pageUrl: location.href, linkUrl: link?.href, srcUrl: element.src, editable: false};
})()"""


class Chromium(Browser):
    name = "chromium"

    def __init__(self, stage: Stage, *, register: bool = True, display: Display | None = None) -> None:
        super().__init__(stage)
        self._display = display
        stage.home.mkdir()
        # Where it is without being told, too: an installation looks for browsers there
        self._profile = stage.home / ".config" / "chromium"
        if register:
            self.register_host()
        ports = ((443, stage.https_port), (80, stage.http_port))
        rules = [f"MAP {name}:{port} 127.0.0.1:{real}" for name in stage.names for port, real in ports]
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for argument in (
            "--ozone-platform=x11" if display else "--headless=new",
            "--no-sandbox",
            "--no-first-run",
            "--window-size=1000,800",
            f"--user-data-dir={self._profile}",
            f"--load-extension={stage.extension}",
            "--no-proxy-server",  # for whatever variables say: those are for the host
            _trust(stage),
            f"--host-resolver-rules={', '.join(rules)}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ):
            options.add_argument(argument)
        if display:
            # nobody needs to be told, in a bar over the page, that a program drives this browser
            options.add_argument("--test-type")
            options.add_experimental_option("excludeSwitches", ["enable-automation"])
            pinned = {"extensions.pinned_extensions": [stage.chromium_id]}
            options.add_experimental_option("prefs", pinned)
        service = webdriver.ChromeService(
            shutil.which("chromedriver"),  # named, so that selenium never looks for one to download
            log_output=str(stage.folder / "chromedriver.log"),
            env={**os.environ, "HOME": str(stage.home), **stage.inherited}
            | ({"DISPLAY": display.name} if display else {}),
        )
        self._options, self._service = options, service
        self._begin()
        self._dark = False

    def _begin(self) -> None:
        self._driver = self._start(self._options, self._service)
        self._driver.set_script_timeout(_SCRIPT_LIMIT_S)
        self._devtools = DevTools(self._driver.capabilities["goog:chromeOptions"]["debuggerAddress"])

    def _start(self, options: webdriver.ChromeOptions, service: webdriver.ChromeService) -> webdriver.Chrome:
        """A browser that loads pages. With an extension that may change requests (declarativeNetRequest) in it from the
        start, Chromium 156 never loads any in about one start of ten: seen with an extension that does nothing, too.
        """
        for _ in range(_STARTS):
            driver = webdriver.Chrome(options=options, service=service)
            driver.set_page_load_timeout(_FIRST_PAGE_LIMIT_S)
            try:
                driver.get(f"{self.extension_root}manifest.json")
            except TimeoutException:
                driver.quit()
            else:
                driver.set_page_load_timeout(_PAGE_LIMIT_S)
                return driver
        raise AssertionError(f"Chromium was started {_STARTS} times and never loaded a page")

    @property
    def extension_root(self) -> str:
        return f"chrome-extension://{self.stage.chromium_id}/"

    @property
    def tab(self) -> Page:
        return _Tab(self._driver)

    def goto(self, url: str) -> None:
        self._driver.get(url)

    def new_tab(self) -> str:
        self._driver.switch_to.new_window("tab")
        return self.handle

    def switch(self, handle: str) -> None:
        self._driver.switch_to.window(handle)

    @property
    def handle(self) -> str:
        return self._driver.current_window_handle

    def open_popup(self) -> Popup:
        # chromedriver is not asked for its windows meanwhile: it would adopt the popup as one
        self._driver.execute_cdp_cmd("Page.bringToFront", {})
        here = self._driver.current_url
        session = self._devtools.open_popup(self.stage.chromium_id, self.stage.popup_path, here)
        popup = _ChromiumPopup(session)
        if self._display:
            self.expect_question()
        popup.set_dark(self._dark)
        return popup

    def choose_menu(self, css: str, item: str) -> None:
        """Headless Chromium has no menu to press: the click is handed to the listener the extension registered."""
        click = self.tab.evaluate(_CLICK_INFO % json.dumps(css)) | {"menuItemId": item}
        tab = {"id": 1, "url": self._driver.current_url}
        self.in_worker(f"(chrome.contextMenus.onClicked.dispatch({json.dumps(click)}, {json.dumps(tab)}), null)")

    def in_worker(self, expression: str) -> Any:
        """The JSON value of the expression in the extension's background."""
        worker = self._worker()
        try:
            return worker.evaluate(expression)
        finally:
            worker.close()

    def _worker(self) -> Session:
        root = self.extension_root
        self._wake_worker()
        return self._devtools.wait_for_target(
            lambda t: t["type"] == "service_worker" and t["url"].startswith(root), "the extension's worker"
        )

    def _wake_worker(self) -> None:
        """An idle worker is no target: a page of the extension that connects starts it."""
        if any(t["type"] == "service_worker" for t in self._devtools.targets()):
            return
        here = self.handle
        self.new_tab()
        self.extension_page(self.stage.popup_path)
        self._driver.close()
        self.switch(here)

    def layer(self) -> Page:
        here = self._driver.current_url
        session = self._devtools.wait_for_target(lambda t: t["type"] == "page" and t["url"] == here, "the tab")
        return ShadowPage(session, LAYER)

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, shift: bool = False) -> None:
        actions = ActionBuilder(self._driver, duration=0)
        mouse, keys = actions.pointer_action, actions.key_action
        if shift:
            keys.key_down(Keys.SHIFT)
            mouse.pause()
        mouse.move_to_location(int(start[0]), int(start[1])).pointer_down()
        if start != end:
            mouse.move_to_location(int(start[0] + end[0]) // 2, int(start[1] + end[1]) // 2)
            mouse.move_to_location(int(end[0]), int(end[1]))
        mouse.pointer_up()
        actions.perform()
        actions.clear_actions()

    @property
    def _screen(self) -> Display:
        assert self._display, "Chromium asks only on a screen"
        return self._display

    def expect_question(self) -> None:
        self._brightness = self._screen.brightness()

    def is_asking(self) -> bool:
        # The question is a window of its own, which no driver reaches; it darkens the page
        return self._screen.brightness() < _DARKER * self._brightness

    def answer(self, is_yes: bool) -> None:
        if is_yes:
            self._screen.press("Tab")  # from Deny to Allow

        def is_answered() -> bool:
            # for a moment Chromium takes no answer, lest one be given by accident
            self._screen.press("Return")
            return not self.is_asking()

        wait_until(is_answered, "the question to be gone", _ANSWER_LIMIT_S)

    def allow(self, pattern: str) -> None:
        self.wait_for_question()
        self.answer(True)
        question = f"chrome.permissions.contains({{origins: [{json.dumps(pattern)}]}})"
        wait_until(lambda: self.in_worker(question), f"{pattern} to be allowed")

    def choose_next(self) -> None:
        self._screen.press("Down")

    def stop_background(self) -> None:
        self._driver.execute_cdp_cmd("ServiceWorker.enable", {})
        self._driver.execute_cdp_cmd("ServiceWorker.stopAllWorkers", {})

    def set_dark(self, dark: bool) -> None:
        self._dark = dark
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})

    def place_window(self, width: int, height: int) -> None:
        self._driver.set_window_rect(0, 0, width, height)

    def register_host(self) -> None:
        self.stage.register_host(self._profile / "NativeMessagingHosts", {"allowed_origins": [self.extension_root]})

    def set_window(self, width: int, height: int) -> None:
        room = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", room)

    @property
    def view(self) -> Page:
        return _View(self._driver)

    def measure(self) -> dict[str, float]:
        """What the page in the current tab has cost so far: seconds of tasks, script, style and layout, and how often."""
        self._driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        found = self._driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return {each["name"]: each["value"] for each in found}

    def restart(self, *, is_killed: bool) -> None:
        self._devtools.close()
        if is_killed:
            os.kill(self._driver.capabilities["goog:processID"], signal.SIGKILL)
        self._driver.quit()
        self._begin()

    def close(self) -> None:
        self._devtools.close()
        self._driver.quit()


def _trust(stage: Stage) -> str:
    if stage.certificate is None:
        return "--ignore-certificate-errors"
    return f"--ignore-certificate-errors-spki-list={stage.certificate.key_hash}"


class _Tab(Page):
    def __init__(self, driver: webdriver.Chrome) -> None:
        self._driver = driver

    def evaluate(self, expression: str) -> Any:
        return self._driver.execute_async_script(
            f"const done = arguments[0]; (async () => ({expression}))().then(done, (e) => done('error: ' + e))"
        )

    def png(self) -> bytes:
        return self._driver.find_element("css selector", "html").screenshot_as_png


class _View(_Tab):
    def png(self) -> bytes:
        return self._driver.get_screenshot_as_png()


class _ChromiumPopup(SessionPage, Popup):
    def press(self, css: str) -> None:
        x, y = self.middle(css)
        self._mouse("mousePressed", x, y)
        with contextlib.suppress(
            WebSocketConnectionClosedException
        ):  # the browser's question may end the popup at once
            self._mouse("mouseReleased", x, y)

    def _mouse(self, kind: str, x: float, y: float) -> None:
        self.session.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def take_mouse_away(self) -> None:
        self.session.call("Input.dispatchMouseEvent", type="mouseMoved", x=0, y=0)

    def set_dark(self, dark: bool) -> None:
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.session.call("Emulation.setEmulatedMedia", features=scheme)

    def close(self) -> None:
        self.session.call("Page.close")
        self.session.close()
