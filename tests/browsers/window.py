"""A browser's real window on a display that nobody sees: its picture, and where in it things of the popup are."""

from browsers.browser import Browser, Popup
from browsers.display import Display
from browsers.page import element
from waiting import wait_until

_LIMIT_S = 20
#: left, top, width, height in pixels
Box = tuple[int, int, int, int]
_ORIGIN = "const [left, top] = [window.mozInnerScreenX ?? screenX, window.mozInnerScreenY ?? screenY]"
_ROOM = f"(() => {{ {_ORIGIN}; return [left, top, innerWidth, innerHeight].map(Math.round); }})()"
_PLACE = f"""(({{x, y, width, height}}) => {{ {_ORIGIN}; return [left + x, top + y, width, height].map(Math.round); }})(
  %s.getBoundingClientRect())"""


class Screen(Display):
    """A display of which pictures are taken."""

    def picture(self, width: int, height: int) -> bytes:
        """A PNG of its upper left corner."""
        return self._run("import", "-window", "root", "-crop", f"{width}x{height}+0+0", "+repage", "png:-")

    def wait_for_rest(self) -> None:
        """Until nothing moves."""
        wait_until(self._is_at_rest, "the screen to come to rest", _LIMIT_S)

    def take_mouse_away(self) -> None:
        """To the lower right, where nothing is that would light up under it."""
        self._run("xdotool", "mousemove", "4000", "4000")


class Window:
    """The window of a browser that was started on this screen."""

    def __init__(self, screen: Screen, browser: Browser, width: int, height: int) -> None:
        self._screen = screen
        self.size = width, height
        browser.place_window(width, height)
        screen.take_mouse_away()

    def png(self) -> bytes:
        """What is to be seen, popup included."""
        return self._screen.picture(*self.size)

    def wait_for_rest(self) -> None:
        """Until nothing in it moves."""
        self._screen.wait_for_rest()

    @staticmethod
    def room(popup: Popup) -> Box:
        """Where in the window the popup is."""
        left, top, width, height = popup.evaluate(_ROOM)
        return left, top, width, height

    @staticmethod
    def place(popup: Popup, css: str) -> Box:
        """Where in the window the first such element of the popup is."""
        left, top, width, height = popup.evaluate(_PLACE % element(css))
        return left, top, width, height
