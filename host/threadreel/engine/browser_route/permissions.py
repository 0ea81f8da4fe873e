"""From which hosts the browser may fetch: the match patterns of its permissions, read as browsers read them. Pure.

Chromium's patterns may have a port, Firefox's never do: without one, any port is meant.
https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Match_patterns
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PATTERN = re.compile(r"(?:\*|https?)://(\*|(?:\*\.)?[^/*:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}|\*))?/")
_HOST = re.compile(r"(.+?)(?::(\d{1,5}))?")


class Permissions:
    """The hosts that some match patterns name. A pattern that is none names nothing."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._places = [place for pattern in patterns if (place := _place(pattern.lower())) is not None]

    def covers(self, host: str) -> bool:
        """Whether the browser may fetch from this ``host`` or ``host:port``."""
        found = _HOST.fullmatch(host)
        return found is not None and any(_is_at(found[1], found[2], *place) for place in self._places)


def _place(pattern: str) -> tuple[str, str] | None:
    """Name and port of a pattern, ``*`` for any."""
    if pattern == "<all_urls>":
        return "*", "*"
    found = _PATTERN.match(pattern)
    return (found[1], found[2] or "*") if found else None


def _is_at(name: str, port: str | None, wanted: str, wanted_port: str) -> bool:
    if wanted_port not in ("*", port):
        return False
    if wanted.startswith("*."):
        return name == wanted[2:] or name.endswith(wanted[1:])
    return wanted in ("*", name)


#: what a browser that may fetch, and has not said from where, may reach
EVERYWHERE = Permissions(["<all_urls>"])
