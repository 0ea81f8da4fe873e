"""Web addresses, taken apart once and compared exactly: what a person pasted, and the roots a site is made of.

Pure. Anything a browser and this module could understand differently (userinfo, backslashes, control characters, dot
segments) is no address here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

#: longer ones are refused unread
MAX_ADDRESS_CHARS = 2048

_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\\]")
_SCHEME = re.compile(r"(https?)://", re.IGNORECASE | re.ASCII)
_AUTHORITY = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{0,5}))?")
_DEFAULT_PORTS = {"http": (80,), "https": (443,), "": (80, 443)}
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Address:
    """An http or https address. ``host`` is lower case and carries its port unless that is the default one.

    ``scheme`` is empty when it was left out. ``path`` is the non-empty segments, percent-encoding untouched.
    """

    scheme: str
    host: str
    path: tuple[str, ...]
    query: str
    fragment: str


@dataclass(frozen=True, slots=True)
class Root:
    """Where a site's pages, API or media begin. ``url`` has no slash at its end; ``host`` as in Address."""

    url: str
    host: str
    path: tuple[str, ...] = ()

    @property
    def match_pattern(self) -> str:
        """The WebExtension match pattern of what is below. Without the port: Firefox refuses patterns that have one."""
        return "/".join(("*:/", re.sub(r":[0-9]+$", "", self.host), *self.path, "*"))

    def below(self, address: Address) -> tuple[str, ...] | None:
        """The segments of ``address`` after this root; None when it is elsewhere. http and https are not told apart."""
        if address.host != self.host or address.path[: len(self.path)] != self.path:
            return None
        return address.path[len(self.path) :]


def read_address(text: str) -> Address | None:
    """The address in ``text``, spaces around it allowed; None when it is not a plain one.

    The scheme may be missing, with or without ``//``; without both, the host must have a dot or a port.
    """
    text = text.strip(" ")
    if len(text) > MAX_ADDRESS_CHARS or _UNSAFE.search(text):
        return None
    named = _SCHEME.match(text)
    scheme = named[1].lower() if named else ""
    rest = text[named.end() :] if named else text.removeprefix("//")
    try:
        parts = urlsplit("//" + rest)
    except ValueError:
        return None
    host = _host(parts.netloc, _DEFAULT_PORTS[scheme])
    segments = tuple(filter(None, parts.path.split("/")))
    if host is None or any(segment.lower().replace("%2e", ".") in {".", ".."} for segment in segments):
        return None
    if rest == text and not re.search("[.:]", parts.netloc):
        return None  # a word or a path, not an address
    return Address(scheme, host, segments, parts.query, parts.fragment)


def read_root(text: str) -> Root | None:
    """The root in ``text``: http or https spelled out, host, maybe port and path; None when it is something else."""
    address = read_address(text)
    if address is None or not address.scheme or "?" in text or "#" in text:
        return None
    return Root("/".join((f"{address.scheme}://{address.host}", *address.path)), address.host, address.path)


def _host(authority: str, default_ports: tuple[int, ...]) -> str | None:
    match = _AUTHORITY.fullmatch(authority.lower()) if authority.isascii() else None
    if match is None:
        return None
    name, port = match[1], int(match[2] or default_ports[0])
    if not 0 < port <= _LAST_PORT:
        return None
    return name if port in default_ports else f"{name}:{port}"
