"""A terminal for one program: a real pty of a given size, and the screen that its output makes."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from fcntl import ioctl
from typing import Self

from rich.cells import cell_len, get_character_cell_size

from command_line import environment

_SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")
_LOOK_S = 0.05


class Terminal:
    """Runs a command in a pty of ``columns`` by ``rows``; ``until`` reads on until the screen shows something."""

    def __init__(
        self, command: Sequence[str], columns: int = 80, rows: int = 24, env: Mapping[str, str] | None = None
    ) -> None:
        self.screen = Screen(columns)
        self._main, child = pty.openpty()
        ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        variables = environment({"TERM": "xterm-256color", **(env or {})})
        for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
            variables.pop(name, None)
        self.process = subprocess.Popen(
            command, stdin=child, stdout=child, stderr=child, env=variables, start_new_session=True
        )
        os.close(child)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._main)

    def until(self, shows: Callable[[str], object], what: str, timeout_s: float = 15) -> str:
        """The screen's text once it shows what is wanted."""
        end = time.monotonic() + timeout_s
        while not shows(self.screen.text):
            assert time.monotonic() < end, f"waited {timeout_s} s in vain for {what} on:\n{self.screen.text}"
            assert self._read(), f"it ended without {what} on:\n{self.screen.text}"
        return self.screen.text

    def end(self, timeout_s: float = 15) -> int:
        """Read to the end; the exit code."""
        end = time.monotonic() + timeout_s
        while self._read():
            assert time.monotonic() < end, f"it did not end in {timeout_s} s:\n{self.screen.text}"
        return self.process.wait(timeout_s)

    def type(self, text: str) -> None:
        """What a person types; the terminal shows it too."""
        os.write(self._main, text.encode())

    def interrupt(self) -> None:
        """What Ctrl+C does."""
        self.process.send_signal(signal.SIGINT)

    def _read(self) -> bool:
        if not select.select([self._main], [], [], _LOOK_S)[0]:
            return True
        try:
            data = os.read(self._main, 65_536)
        except OSError:  # Linux: nobody has the other end any more
            return False
        self.screen.feed(data)
        return bool(data)


class Screen:
    """As much of a terminal as progress displays use: lines, carriage return, up, erase, the cursor's visibility."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._lines: list[list[str]] = [[]]
        self._row = self._column = 0
        self._bytes = b""
        self.has_cursor = True

    @property
    def text(self) -> str:
        """What can be read, line by line."""
        return "\n".join("".join(line).rstrip() for line in self._lines).rstrip()

    def feed(self, data: bytes) -> None:
        """Show this output; a character or a sequence that is not whole waits for its rest."""
        text = (self._bytes + data).decode("utf-8", "surrogateescape")
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                found = _SEQUENCE.match(text, at)
                if found is None:
                    break
                self._obey(found[1], found[2])
                at = found.end()
            elif "\udc80" <= text[at] <= "\udcff":
                break
            else:
                self._put(text[at])
                at += 1
        self._bytes = text[at:].encode("utf-8", "surrogateescape")

    def _put(self, char: str) -> None:
        if char == "\r":
            self._column = 0
        elif char == "\n":
            self._row += 1
        else:
            width = get_character_cell_size(char)
            if self._column + width > self._columns:
                self._row, self._column = self._row + 1, 0
            line = self._line()
            line.extend(" " * (self._column + width - len(line)))
            line[self._column : self._column + width] = [char] + [""] * (width - 1)
            self._column += width
        self._line()

    def _obey(self, values: str, command: str) -> None:
        if command == "A":
            self._row = max(0, self._row - int(values or 1))
        elif command == "K":
            assert values == "2", "only whole lines are erased"
            self._line().clear()
        elif command in "hl" and values == "?25":
            self.has_cursor = command == "h"
        else:
            assert command == "m", f"not known: {values}{command}"

    def _line(self) -> list[str]:
        while len(self._lines) <= self._row:
            self._lines.append([])
        return self._lines[self._row]


def widest(text: str) -> int:
    """The cells of the widest line."""
    return max(cell_len(line) for line in text.splitlines())
