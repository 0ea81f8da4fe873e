"""What an API answer says: a thread or a listing of threads, as its site reads it, or why it says neither. Pure."""

from __future__ import annotations

import json
from typing import Any

from threadreel.errors import SiteError
from threadreel.library.answer_table import Answer
from threadreel.sites.base import Listing, PageKind, Site, Target, ThreadAnswer

#: what a page that can be read holds
Reading = ThreadAnswer | Listing


def understand(site: Site, target: Target, answer: Answer) -> Reading:
    """The page in its answer. Raises SiteError: ``thread.gone``, ``site.unreadable``."""
    if answer.status != 200:
        raise _gone(target)
    decoded = _decode(answer, target)
    if target.kind is not PageKind.THREAD:
        return site.read_listing(target, decoded)
    if not isinstance(decoded, dict):
        raise SiteError("site.unreadable", f"The answer for {target.url} is not a thread.", "Try again later.")
    return site.read_thread(target, decoded)


def _gone(target: Target) -> SiteError:
    if target.kind is PageKind.THREAD:
        return SiteError(
            "thread.gone",
            f"The thread {target.url} is gone (404).",
            "It was deleted, or has left the board. An archive may have it.",
        )
    hint = "Not every board has an archive." if target.kind is PageKind.ARCHIVE else "Check the name of the board."
    return SiteError("site.unreadable", f"The site has no page {target.url} (404).", hint)


def _decode(answer: Answer, target: Target) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise SiteError(
            "site.unreadable",
            f"The answer for {target.url} is not JSON.",
            "The site may be showing a challenge page; try again later.",
        ) from None
