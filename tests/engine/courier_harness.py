"""A browser for an engine in this process: it brings the bytes it was given, or says what else a test wants it to say.

with Scene(board, home) as scene, BrowserHere(scene, thread.media()) as browser:
    browser.answers["/g/1.webm"] = 403
"""

import threading
import time
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from engine_harness import LIMIT_S, Scene

from threadreel.engine.browser_route.courier import Chunk
from threadreel.errors import ThreadreelError
from threadreel.events import Event

EVERYWHERE = ["<all_urls>"]


class BrowserHere:
    """Answers every ``file.needed``, in order, from one thread. ``answers``: by path, a status or an error to say instead."""

    def __init__(self, scene: Scene, bodies: Mapping[str, bytes], permitted: list[str] = EVERYWHERE) -> None:
        self._scene, self._bodies, self._permitted = scene, bodies, permitted
        #: by path, or ``*`` for all: a status, an error, or None for silence
        self.answers: dict[str, int | str | None] = {}
        #: by path, the Retry-After with which the site answers 429 the first time
        self.waits: dict[str, str] = {}
        self.asked: list[Event] = []
        self.asked_s: list[float] = []
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._listen, name="browser-here", daemon=True)

    def __enter__(self) -> Self:
        self._scene.engine.set_permissions(self._permitted)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._thread.join(LIMIT_S)

    def paths(self) -> list[str]:
        """What was asked for so far."""
        return [_path(event) for event in self.asked]

    def _listen(self) -> None:
        seen = 0
        while not self._closing:
            needed = self._scene.events("file.needed")
            for event in needed[seen:]:
                self.asked_s.append(time.monotonic())
                self.asked.append(event)
                self._serve(event)
            seen = len(needed)
            self._scene.await_news(0.05)

    def _serve(self, needed: Event) -> None:
        path = _path(needed)
        told = self.answers.get(path, self.answers.get("*", 200))
        if wait := self.waits.pop(path, None):
            self._send(needed, 0, b"", status=429, is_last=True, retry_after=wait)
        elif isinstance(told, str):
            self._send(needed, needed["offset"], b"", error=told)
        elif told == 200:
            rest = self._bodies[path][needed["offset"] :]
            status = 206 if needed["offset"] else 200
            for at in range(0, len(rest), needed["chunk"]):
                is_last = at + needed["chunk"] >= len(rest)
                data = rest[at : at + needed["chunk"]]
                self._send(needed, needed["offset"] + at, data, status=status, is_last=is_last)
        elif told is not None:
            self._send(needed, 0, b"", status=told, is_last=True)

    def _send(self, needed: Event, offset: int, data: bytes, **more: Any) -> int | ThreadreelError:
        answered = threading.Event()
        found: list[int | ThreadreelError] = []

        def reply(told: int | ThreadreelError) -> None:
            found.append(told)
            answered.set()

        self._scene.engine.bring(Chunk(needed["job"], needed["file"], offset, data, **more), reply)
        assert answered.wait(LIMIT_S)
        assert len(found) == 1
        return found[0]


def _path(event: Event) -> str:
    return unquote(urlsplit(event["url"]).path)
