"""What both browsers can do for a test. ``open_browser`` starts one by name."""

from abc import ABC, abstractmethod
from pathlib import Path

from browsers.display import Display
from browsers.page import Page, element
from browsers.stage import Stage
from waiting import wait_until

NAMES = ("chromium", "firefox")
#: the element in which the extension draws over a page
LAYER = "threadreel-marks"
_QUESTION_LIMIT_S = 20


class Popup(Page):
    """The real popup of the toolbar button."""

    @abstractmethod
    def close(self) -> None:
        """Close it, as a click elsewhere does."""

    @abstractmethod
    def set_dark(self, dark: bool) -> None:
        """What it is told about the system's colours from now on."""

    @abstractmethod
    def press(self, css: str) -> None:
        """Press the mouse on the first such element: what a browser takes for a person's wish."""

    @abstractmethod
    def take_mouse_away(self) -> None:
        """From where it has pressed: what is there now lights up, or says what it is."""

    def middle(self, css: str) -> tuple[float, float]:
        """Where the first such element is, once it is there and may be pressed."""
        box = f"""((each) => {{
          each.scrollIntoView({{block: 'nearest'}});
          const {{x, y, width, height}} = each.getBoundingClientRect();
          return [x + width / 2, y + height / 2];
        }})({element(css)})"""
        wait_until(lambda: self.evaluate(f"!!{element(css)} && !{element(css)}.disabled"), f"{css} to be there")
        x, y = self.evaluate(box)
        return x, y


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
    def layer(self) -> Page:
        """What the extension draws over the page in the current tab: a closed world, in which ``document`` is its root."""

    @abstractmethod
    def drag(self, start: tuple[float, float], end: tuple[float, float], *, shift: bool = False) -> None:
        """Press the mouse at one place of the screen, let go at another: what a person does, which a page cannot."""

    def click_at(self, place: tuple[float, float], *, shift: bool = False) -> None:
        """Click there."""
        self.drag(place, place, shift=shift)

    @abstractmethod
    def expect_question(self) -> None:
        """The browser asks nothing yet, and may from now on: opening the popup says so, too."""

    @abstractmethod
    def is_asking(self) -> bool:
        """Whether it waits for a person to say whether the extension may have what it wants."""

    def wait_for_question(self) -> None:
        """Until it asks that."""
        wait_until(self.is_asking, "the browser's question", _QUESTION_LIMIT_S)

    @abstractmethod
    def answer(self, is_yes: bool) -> None:
        """Say yes or no, where a person does."""

    @abstractmethod
    def allow(self, pattern: str) -> None:
        """Say yes to the question whether the extension may have this match pattern; the popup is closed then."""

    @abstractmethod
    def choose_next(self) -> None:
        """Press the key for the next choice, in the list that has the focus."""

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
    def restart(self, *, is_killed: bool) -> None:
        """End the browser, as a person does it or all at once, and start it again with its profile; no tab comes back."""

    @abstractmethod
    def close(self) -> None:
        """End the browser."""

    @abstractmethod
    def place_window(self, width: int, height: int) -> None:
        """Put the window into the upper left corner of its display, in this size."""

    @abstractmethod
    def set_window(self, width: int, height: int) -> None:
        """The current tab is shown in a window of this size, in pixels."""

    @property
    @abstractmethod
    def view(self) -> Page:
        """The page in the current tab; its picture is of what the window shows of it."""

    def extension_page(self, path: str) -> Page:
        """Show a page of the extension in the current tab."""
        self.goto(self.extension_root + path)
        return self.tab

    def screenshot(self, file: Path, page: Page) -> None:
        """Write a picture of the page."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(page.png())


def open_browser(name: str, stage: Stage, *, register: bool = True, display: Display | None = None) -> Browser:
    """Start it; without ``register`` it does not know the native host; on a ``display`` it has a window.

    Chromium asks a person only there.
    """
    if name == "chromium":
        from browsers.chromium import Chromium

        return Chromium(stage, register=register, display=display)
    from browsers.firefox import Firefox

    return Firefox(stage, register=register, display=display)
