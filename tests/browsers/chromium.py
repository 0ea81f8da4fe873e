"""Chromium, headless: driven by chromedriver, and by DevTools where a page's driver does not reach."""

import json
import os
import shutil
from typing import Any

from selenium import webdriver

from browsers.browser import Browser, Popup
from browsers.devtools import DevTools, Session, SessionPage
from browsers.page import Page
from browsers.stage import Stage

_SCRIPT_LIMIT_S = 30
#: what Chromium tells about a click on the element with this selector
_CLICK_INFO = """(() => {
  const element = document.querySelector(%s), link = element.closest("a");
  return {pageUrl: location.href, linkUrl: link?.href, srcUrl: element.src, editable: false};
})()"""


class Chromium(Browser):
    name = "chromium"

    def __init__(self, stage: Stage, *, register: bool = True) -> None:
        super().__init__(stage)
        self._profile = stage.folder / "profile"
        if register:
            self.register_host()
        stage.home.mkdir()
        ports = ((443, stage.https_port), (80, stage.http_port))
        rules = [f"MAP {name}:{port} 127.0.0.1:{real}" for name in stage.names for port, real in ports]
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--no-first-run",
            "--window-size=1000,800",
            f"--user-data-dir={self._profile}",
            f"--load-extension={stage.extension}",
            "--ignore-certificate-errors",
            f"--host-resolver-rules={', '.join(rules)}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ):
            options.add_argument(argument)
        service = webdriver.ChromeService(
            shutil.which("chromedriver"),  # named, so that selenium never looks for one to download
            log_output=str(stage.folder / "chromedriver.log"),
            env={**os.environ, "HOME": str(stage.home)},
        )
        self._driver = webdriver.Chrome(options=options, service=service)
        self._driver.set_script_timeout(_SCRIPT_LIMIT_S)
        self._devtools = DevTools(self._driver.capabilities["goog:chromeOptions"]["debuggerAddress"])
        self._dark = False

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
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if self._dark else "light"}]
        session.call("Emulation.setEmulatedMedia", features=scheme)
        return _ChromiumPopup(session)

    def choose_menu(self, css: str, item: str) -> None:
        """Headless Chromium has no menu to press: the click is handed to the listener the extension registered."""
        click = self.tab.evaluate(_CLICK_INFO % json.dumps(css)) | {"menuItemId": item}
        tab = {"id": 1, "url": self._driver.current_url}
        worker = self._worker()
        worker.evaluate(f"(chrome.contextMenus.onClicked.dispatch({json.dumps(click)}, {json.dumps(tab)}), null)")
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

    def stop_background(self) -> None:
        self._driver.execute_cdp_cmd("ServiceWorker.enable", {})
        self._driver.execute_cdp_cmd("ServiceWorker.stopAllWorkers", {})

    def set_dark(self, dark: bool) -> None:
        self._dark = dark

    def register_host(self) -> None:
        self.stage.register_host(self._profile / "NativeMessagingHosts", {"allowed_origins": [self.extension_root]})

    def close(self) -> None:
        self._devtools.close()
        self._driver.quit()


class _Tab(Page):
    def __init__(self, driver: webdriver.Chrome) -> None:
        self._driver = driver

    def evaluate(self, expression: str) -> Any:
        return self._driver.execute_async_script(
            f"const done = arguments[0]; (async () => ({expression}))().then(done, (e) => done('error: ' + e))"
        )

    def png(self) -> bytes:
        return self._driver.find_element("css selector", "html").screenshot_as_png


class _ChromiumPopup(SessionPage, Popup):
    def close(self) -> None:
        self.session.call("Page.close")
        self.session.close()
