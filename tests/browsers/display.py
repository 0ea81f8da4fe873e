"""A screen that nobody sees (Xvfb), its keyboard (xdotool), a look at it (ImageMagick): for what a browser asks a person."""

import os
import shutil
import subprocess
from typing import Self

from waiting import wait_until

_LIMIT_S = 20
_SIZE = "1200x900x24"
#: pictures in a row that are alike when nothing moves; each takes a tenth of a second or so
_LOOKS = 6


class Display:
    """A running screen."""

    def __init__(self) -> None:
        ours, theirs = os.pipe()
        try:
            command = [
                shutil.which("Xvfb") or "Xvfb",
                "-displayfd",
                str(theirs),
                "-screen",
                "0",
                _SIZE,
                "-nolisten",
                "tcp",
            ]
            self._server = subprocess.Popen(command, pass_fds=(theirs,), stderr=subprocess.DEVNULL)
        finally:
            os.close(theirs)
        with os.fdopen(ours, encoding="ascii") as told:
            #: what belongs into the environment variable DISPLAY
            self.name = f":{told.readline().strip()}"
        assert self.name != ":", "Xvfb did not start"

    def press(self, key: str) -> None:
        """Press a key, by its name in X, once nothing on the screen moves: what fades in takes no key yet."""
        wait_until(self._is_at_rest, "the screen to come to rest", _LIMIT_S)
        self._run("xdotool", "key", key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Switch it off."""
        self._server.terminate()
        self._server.wait(_LIMIT_S)

    def brightness(self) -> float:
        """How bright the screen is, from 0 to 1."""
        return sum(self._run("import", "-window", "root", "-resize", "1x1!", "-depth", "8", "rgb:-")) / 3 / 255

    def _is_at_rest(self) -> bool:
        return len({self._run("import", "-window", "root", "rgb:-") for _ in range(_LOOKS)}) == 1

    def _run(self, name: str, *arguments: str) -> bytes:
        command = [shutil.which(name) or name, *arguments]
        environment = {**os.environ, "DISPLAY": self.name}
        return subprocess.run(command, env=environment, stdout=subprocess.PIPE, timeout=_LIMIT_S, check=True).stdout
