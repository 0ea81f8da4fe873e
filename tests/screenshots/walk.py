"""Films a new user's walk through the popup, in each browser's real window: the steps side by side, and one after the other.

    cd tests && python -m screenshots.walk [BROWSER]...

The steps are those of ``e2e/new_user.py``, which a test asserts. Nothing is posed: the window is that on the display, the
terminal holds what the command has said. Added are the captions, a ring round what is pressed next, and the shadow of the
popup, which Chromium leaves to the desktop. The pictures lie beside this file; ImageMagick makes them.
"""

import argparse
import subprocess
import tempfile
import textwrap
from pathlib import Path

from board.certificates import make_certificate
from board.server import REAL_NAMES, Board
from browsers.browser import NAMES
from browsers.stage import ROOT
from browsers.window import Box
from e2e.new_user import WINDOW_PX, NewUser, Step, new_user, sample_threads, walk
from screenshots.settling import settle

HERE = Path(__file__).parent
COLUMNS = 3
#: how long each step stays, in hundredths of a second
STAYS = 320
CAPTION_PX = 54
TERMINAL_COLUMNS = 58
TERMINAL_PLACE = "+14+14"
INK, GROUND, GREEN, ORANGE = "#f2f7f5", "#12211d", "#37b893", "#e8590c"
SANS, BOLD, MONO = "DejaVu-Sans", "DejaVu-Sans-Bold", "DejaVu-Sans-Mono"


def film(name: str) -> None:
    """Walk, and make both pictures of one browser."""
    first, second = sample_threads()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        certificate = make_certificate(folder, REAL_NAMES)
        frames: list[Path] = []
        with (
            Board(folder, certificate=certificate) as board,
            new_user(name, folder / "user", board, certificate) as user,
        ):
            for step in walk(user, first, second):
                if step.caption:
                    frames.append(folder / f"{len(frames) + 1:02}.png")
                    take(user, step, frames[-1], len(frames))
        lay_out(frames, HERE / f"walk-{name}.png")
        play(frames, HERE / f"walk-{name}.webp")


def take(user: NewUser, step: Step, file: Path, number: int) -> None:
    """The window under its caption."""
    added: list[str] = []
    if step.popup:
        step.popup.take_mouse_away()
        settle(step.popup)
    else:
        user.window.wait_for_rest()
    file.write_bytes(user.window.png())
    if step.popup and user.browser.name == "chromium":
        added += _shadow(file, *user.window.room(step.popup))
    if step.terminal:
        added += _terminal(step.terminal)
    if step.press and step.popup:
        added += _ring(user.window.place(step.popup, step.press))
    _convert(str(file), *added, *_caption(number, step.caption), str(file))


def lay_out(frames: list[Path], sheet: Path) -> None:
    """All of them side by side."""
    size = ["-tile", f"{COLUMNS}x", "-geometry", "+10+10", "-background", GROUND]
    subprocess.run(["montage", *map(str, frames), *size, str(sheet)], check=True)
    _convert(str(sheet), "-alpha", "off", "+dither", "-colors", "250", "-define", "png:color-type=3", str(sheet))


def play(frames: list[Path], moving: Path) -> None:
    """All of them one after the other, for ever. Without loss they take less room than otherwise: little changes."""
    how = ["-loop", "0", "-define", "webp:lossless=true"]
    _convert("-delay", str(STAYS), *map(str, frames), *how, str(moving))


def _shadow(window: Path, left: int, top: int, width: int, height: int) -> list[str]:
    fallen = f"rectangle {left},{top + 3} {left + width},{top + 3 + height}"
    size = f"{WINDOW_PX[0]}x{WINDOW_PX[1]}"
    dark = ["(", "-size", size, "xc:none", "+size", "-fill", "#0008", "-draw", fallen, "-blur", "0x7", ")"]
    popup = ["(", str(window), "-crop", f"{width}x{height}+{left}+{top}", "+repage", ")"]
    return [*dark, "-composite", *popup, "-geometry", f"+{left}+{top}", "-composite"]


def _terminal(words: str) -> list[str]:
    lines = words.replace(str(ROOT), "~/threadreel").rstrip().splitlines()
    text = "\n".join(textwrap.fill(line, TERMINAL_COLUMNS) for line in lines)
    drawn = ["(", "-background", "#0d1117", "-fill", "#d8e4df", "-font", MONO, "-pointsize", "11.5"]
    edges = ["-bordercolor", "#0d1117", "-border", "14x12", "-bordercolor", "#4b5a55", "-border", "1", ")"]
    return [*drawn, f"label:{text}", *edges, "-gravity", "SouthWest", "-geometry", TERMINAL_PLACE, "-composite"]


def _ring(place: Box) -> list[str]:
    left, top, width, height = place
    corners = f"{left - 6},{top - 6} {left + width + 6},{top + height + 6}"
    return ["-fill", "none", "-stroke", ORANGE, "-strokewidth", "3", "-draw", f"roundrectangle {corners} 12,12"]


def _caption(number: int, words: str) -> list[str]:
    room = ["-gravity", "North", "-background", GROUND, "-splice", f"0x{CAPTION_PX}", "-stroke", "none"]
    middle = CAPTION_PX // 2
    sign = ["-gravity", "NorthWest", "-fill", GREEN, "-draw", f"circle 30,{middle} 30,{middle - 15}"]
    count = [
        "-fill",
        GROUND,
        "-font",
        BOLD,
        "-pointsize",
        "16",
        "-annotate",
        f"+{25 if number < 10 else 20}+18",
        str(number),
    ]
    text = ["-fill", INK, "-font", SANS, "-pointsize", "18", "-annotate", "+58+16", words]
    return [*room, *sign, *count, *text]


def _convert(*arguments: str) -> None:
    subprocess.run(["convert", *arguments], check=True)


def main() -> None:
    """Each browser, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="BROWSER", default=NAMES, choices=[*NAMES, NAMES])
    for name in parser.parse_args().names:
        film(name)


if __name__ == "__main__":
    main()
