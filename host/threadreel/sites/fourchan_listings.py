"""A board's catalog or archive as 4chan's API gives it, read into a listing: no thread that has a number is lost.

Facts from https://github.com/4chan/4chan-API (pages/Catalog.md, Archive.md) and from answers recorded since 2014.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from threadreel.errors import SiteError
from threadreel.sites.base import Listing, PageKind, Target, ThreadRef
from threadreel.sites.fields import flag, is_object, positive_number, text, whole_number
from threadreel.sites.markup import decode_entities
from threadreel.sites.titles import one_line


def read_threads(answer: object, target: Target, threads_url: str) -> Listing:
    """The listing; a thread's page is at its number below ``threads_url``. Raises SiteError ``site.unreadable``.

    An empty list is a board without threads; a list of other things is no listing.
    """
    is_archive = target.kind is PageKind.ARCHIVE
    found = _archived(answer, threads_url) if is_archive else _on_pages(answer, threads_url)
    if found is None:
        raise SiteError(
            "site.unreadable",
            f"What {target.site} answers for {target.url} holds no list of threads.",
            "The site may be in trouble; try again later.",
        )
    threads = {ref.thread: ref for ref in reversed(found)}  # of two of one number the first stays
    in_order = dict.fromkeys(ref.thread for ref in found)
    return Listing(f"/{target.board}/ {target.kind}", tuple(threads[number] for number in in_order), is_archive)


def _archived(answer: object, threads_url: str) -> list[ThreadRef] | None:
    """An archive is a list of numbers."""
    if not isinstance(answer, list):
        return None
    numbers = [number for entry in answer if (number := positive_number(entry)) is not None]
    return [ThreadRef(number, f"{threads_url}/{number}") for number in numbers] if numbers or not answer else None


def _on_pages(answer: object, threads_url: str) -> list[ThreadRef] | None:
    """A catalog is a list of pages, each with its threads."""
    if not isinstance(answer, list):
        return None
    pages = [page["threads"] for page in answer if is_object(page) and isinstance(page.get("threads"), list)]
    return [ref for page in pages for ref in _refs(page, threads_url)] if pages or not answer else None


def _refs(threads: Iterable[object], threads_url: str) -> Iterable[ThreadRef]:
    for thread in threads:
        number = positive_number(thread.get("no")) if is_object(thread) else None
        if is_object(thread) and number is not None:
            yield ThreadRef(
                number,
                f"{threads_url}/{number}",
                _subject(thread),
                whole_number(thread, "last_modified"),
                flag(thread, "sticky"),
            )


def _subject(thread: Mapping[str, Any]) -> str | None:
    subject = text(thread, "sub")
    if subject is None and "resto" not in thread:
        return None  # threads.json: a number and a time, not the post itself
    return one_line(decode_entities(subject or ""))
