"""Where an attachment's bytes come from, as an attempt sees it: the network (``http``) or the browser (``courier``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from threadreel.engine.network.interruption import Interruption


class Answer(Protocol):
    """An answer whose body is read piece by piece. Methods raise HttpError."""

    @property
    def status(self) -> int:
        """Its HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its fields, names in any case."""

    @property
    def length_bytes(self) -> int | None:
        """The body's length as announced, None when it is not."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more needs to be read."""

    def read(self, most_bytes: int) -> bytes | memoryview:
        """The next bytes, at most so many; empty at the end. They hold until the next call, which says that they are kept."""

    def peek(self) -> bytes:
        """The beginning of the body, which ``read`` gives again."""

    def close(self) -> None:
        """Nobody wants more of it. Twice is once."""


class Source(Protocol):
    """Somebody who can be asked."""

    def get(self, url: str, headers: Mapping[str, str], hosts: frozenset[str], interruption: Interruption) -> Answer:
        """The answer to a GET; only ``hosts`` are asked, and once ``interruption`` is set nothing waits. Raises HttpError."""
