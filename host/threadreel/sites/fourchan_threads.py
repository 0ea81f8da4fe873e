"""A thread's JSON as 4chan's API gives it, read into attachments: none lost, whatever fields are missing or misshapen.

Facts from https://github.com/4chan/4chan-API (pages/Threads.md) and from answers recorded since 2012.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from threadreel.errors import SiteError
from threadreel.sites.base import Attachment, Target, ThreadAnswer
from threadreel.sites.fields import flag, is_object, md5_hex, text, whole_number
from threadreel.sites.links import Recognise, linked_threads
from threadreel.sites.markup import decode_entities, plain_text
from threadreel.sites.titles import one_line, thread_title

#: the board whose files are named by their original names
FLASH_BOARD = "f"

_EXT = re.compile(r"\.[A-Za-z0-9]{1,5}")
_TIM = re.compile(r"[1-9][0-9]{0,18}")


#: where a successor is announced: as many posts as the site's own "tail" of a thread has
_LAST_POSTS = 50


def read_answer(answer: object, target: Target, media_url: str, recognise: Recognise) -> ThreadAnswer:
    """The whole thread; ``recognise`` reads an address. Raises SiteError, ``thread.gone`` when only replies are left of it,
    ``site.unreadable`` when ``answer`` is something else or a part of it.
    """
    posts = _posts(answer, target)
    op = _first_post(posts, target)
    files = (_attachment(post, target.board, media_url) for post in posts)
    return ThreadAnswer(
        title=thread_title(text(op, "sub") or "", text(op, "com") or "", text(op, "semantic_url") or ""),
        attachments=tuple(_with_unique_keys(file for file in files if file is not None)),
        posts=len(posts),
        archived=flag(op, "archived"),
        closed=flag(op, "closed"),
        subject=one_line(decode_entities(text(op, "sub") or "")),
        links=linked_threads((text(post, "com") or "" for post in reversed(posts[-_LAST_POSTS:])), target, recognise),
    )


def encoded(segment: str) -> str:
    """``segment`` percent-encoded as JavaScript's encodeURIComponent does, which is how the site's own pages do it."""
    return quote(segment, safe="!'()*", errors="replace")


def _posts(answer: object, target: Target) -> list[Mapping[str, Any]]:
    posts = answer.get("posts") if is_object(answer) else None
    if not isinstance(posts, list):
        raise _unreadable(target, "holds no list of posts", "The site may be in trouble; try again later.")
    return [post for post in posts if is_object(post)]


def _first_post(posts: list[Mapping[str, Any]], target: Target) -> Mapping[str, Any]:
    op = next((post for post in posts if target.thread and whole_number(post, "no") == target.thread), None)
    if op is None and target.thread and any(whole_number(post, "resto") == target.thread for post in posts):
        # a removed thread may answer with one reply instead of 404: https://github.com/ccd0/4chan-x/issues/405
        what = "does not hold its first post: the thread was removed"
        raise _error("thread.gone", target, what, "An archive of the board may still have it.")
    if op is None:
        raise _unreadable(target, "does not hold its first post", "The site may be in trouble; try again later.")
    if "tail_id" in op and "resto" not in op:
        # {no}-tail.json; tail_size alone is also in whole threads
        raise _unreadable(target, "holds only its last posts", "Try again: the whole thread is at its own address.")
    return op


def _unreadable(target: Target, what: str, hint: str) -> SiteError:
    return _error("site.unreadable", target, what, hint)


def _error(code: str, target: Target, what: str, hint: str) -> SiteError:
    return SiteError(code, f"What {target.site} answers for {target.url} {what}.", hint)


def _attachment(post: Mapping[str, Any], board: str, media_url: str) -> Attachment | None:
    """The post's file; None when no field speaks of one."""
    tim, filename, ext = _tim(post), text(post, "filename"), text(post, "ext") or ""
    deleted = flag(post, "filedeleted")
    if not (deleted or tim or filename or ext or text(post, "md5")):
        return None
    post_no = whole_number(post, "no") or 0
    is_plain_ext = bool(_EXT.fullmatch(ext))
    return Attachment(
        key=tim or f"post-{post_no}",
        post=post_no,
        name=decode_entities(filename or "") + ("" if is_plain_ext else ext),
        ext=ext if is_plain_ext else "",
        urls=() if deleted else tuple(f"{media_url}/{board}/{file}" for file in _file_names(board, tim, filename, ext)),
        size_bytes=whole_number(post, "fsize"),
        md5=md5_hex(post, "md5"),
        width=whole_number(post, "w"),
        height=whole_number(post, "h"),
        time=whole_number(post, "time"),
        spoiler=flag(post, "spoiler"),
        deleted=deleted,
        comment=plain_text(text(post, "com") or ""),
        poster=_poster(post),
    )


def _poster(post: Mapping[str, Any]) -> str:
    parts = (one_line(plain_text(text(post, field) or "")) for field in ("name", "trip", "id"))
    return " ".join(part for part in parts if part)


def _tim(post: Mapping[str, Any]) -> str | None:
    """The server's number of the file, as text. Some boards of this family send it as text already."""
    value = text(post, "tim") or str(whole_number(post, "tim") or "")
    return value if _TIM.fullmatch(value) else None


def _file_names(board: str, tim: str | None, filename: str | None, ext: str) -> list[str]:
    """The last URL segments the file may be under, likeliest first; none when the answer does not tell enough."""
    if board == FLASH_BOARD:
        # the raw form is what 4chan X asks for; whether the server wants entities decoded is not documented
        names = [] if filename is None else [filename, decode_entities(filename)]
    else:
        names = [tim] if tim else []
    files = [encoded(name + ext) for name in dict.fromkeys(names) if ext]
    return [file for file in files if file not in {".", ".."}]


def _with_unique_keys(files: Iterable[Attachment]) -> Iterable[Attachment]:
    """``files`` in order; a key that is taken gets ``-2``, ``-3`` …"""
    seen: dict[str, int] = {}
    for file in files:
        count = seen[file.key] = seen.get(file.key, 0) + 1
        yield file if count == 1 else replace(file, key=f"{file.key}-{count}")
