"""What both browsers can do for a test. ``open_browser`` starts one by name."""

from abc import ABC, abstractmethod
from pathlib import Path

from browsers.page import Page
from browsers.stage import Stage

NAMES = ("chromium", "firefox")


class Popup(Page):
    """The real popup of the toolbar button."""

    @abstractmethod
    def close(self) -> None:
        """Close it, as a click elsewhere does."""


class Browser(ABC):
    """A running browser with the extension in it."""

    name: str

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @property
    @abstractmethod
    def extension_root(self) -> str:
        """Where the extension's own pages are, with a slash at the end."""

    @property
    @abstractmethod
    def tab(self) -> Page:
        """The page in the current tab."""

    @abstractmethod
    def goto(self, url: str) -> None:
        """Show this page in the current tab."""

    @abstractmethod
    def new_tab(self) -> str:
        """Open a tab and make it current; its handle."""

    @abstractmethod
    def switch(self, handle: str) -> None:
        """Make another tab current."""

    @property
    @abstractmethod
    def handle(self) -> str:
        """The handle of the current tab."""

    @abstractmethod
    def open_popup(self) -> Popup:
        """Press the toolbar button in the current tab, which also grants activeTab for it."""

    @abstractmethod
    def choose_menu(self, css: str, item: str) -> None:
        """Choose an entry of the extension, by its id, from the context menu of an element in the current tab."""

    @abstractmethod
    def stop_background(self) -> None:
        """End the extension's background as the browser does when it is idle."""

    @abstractmethod
    def set_dark(self, dark: bool) -> None:
        """What pages and popups opened from now on are told about the system's colours."""

    @abstractmethod
    def register_host(self) -> None:
        """Make the native host known to this browser, which may be running."""

    @abstractmethod
    def close(self) -> None:
        """End the browser."""

    def extension_page(self, path: str) -> Page:
        """Show a page of the extension in the current tab."""
        self.goto(self.extension_root + path)
        return self.tab

    def screenshot(self, file: Path, page: Page) -> None:
        """Write a picture of the page."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(page.png())


def open_browser(name: str, stage: Stage, *, register: bool = True) -> Browser:
    """Start it; without ``register`` it does not know the native host."""
    if name == "chromium":
        from browsers.chromium import Chromium

        return Chromium(stage, register=register)
    from browsers.firefox import Firefox

    return Firefox(stage, register=register)
