"""The threads that posts link to: where people say that a thread goes on.

Pure, and the same for every software: which address is a thread of the same board, the site's own ``recognise`` decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import urljoin

from threadreel.sites.base import PageKind, Target
from threadreel.sites.markup import decode_entities, plain_text

#: what an address leads to, None when it is not one of the site
Recognise = Callable[[str], Target | None]

_LINK = re.compile(r"<a\s[^<>]{0,400}?href=\"([^\"<>]{1,400})\"", re.IGNORECASE)
_AFTER_ADDRESS = ".,;:!?)]}'"
_WRITTEN = re.compile(r"https?://[^\s<>\"]{1,400}", re.IGNORECASE)


def linked_threads(comments: Iterable[str], target: Target, recognise: Recognise) -> tuple[int, ...]:
    """Other threads of the target's board that these comments (HTML) link to or write out, in order, each once."""
    found: dict[int, None] = {}
    for comment in comments:
        links = [_absolute(target.url, decode_entities(link)) for link in _LINK.findall(comment)]
        written = (address.rstrip(_AFTER_ADDRESS) for address in _WRITTEN.findall(plain_text(comment)))
        for address in (*links, *written):
            to = recognise(address)
            if to is not None and to.kind is PageKind.THREAD and to.board == target.board and to.thread is not None:
                found[to.thread] = None
    found.pop(target.thread or 0, None)
    return tuple(found)


def _absolute(page: str, link: str) -> str:
    try:
        return urljoin(page, link)
    except ValueError:  # what a poster wrote need not be an address
        return ""
