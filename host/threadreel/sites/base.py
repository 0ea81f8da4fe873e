"""The words every board software speaks to the engine: Target, Attachment, ThreadAnswer, Listing and the Site protocol.

A site is pure: it reads addresses and decoded API answers, and never touches network or disk. The engine asks it
which URL to fetch, fetches it at the pace the site allows, and hands the decoded JSON back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class PageKind(StrEnum):
    """What a page URL leads to."""

    THREAD = "thread"
    CATALOG = "catalog"
    BOARD = "board"
    ARCHIVE = "archive"
    FILE = "file"


class MediaKind(StrEnum):
    """The kinds a user filters by: the words of ``only``."""

    IMAGES = "images"
    VIDEOS = "videos"
    OTHER = "other"


_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".avif", ".jxl"})
_VIDEOS = frozenset({".webm", ".mp4", ".mov", ".m4v", ".mkv", ".avi"})


def media_kind(ext: str) -> MediaKind:
    """The kind of a file by its extension (with dot, any case)."""
    ext = ext.lower()
    if ext in _IMAGES:
        return MediaKind.IMAGES
    return MediaKind.VIDEOS if ext in _VIDEOS else MediaKind.OTHER


@dataclass(frozen=True, slots=True)
class Attachment:
    """A post's file as the API describes it. Every optional field may be missing in a real answer.

    ``key`` is unique within its thread and the same in every answer (4chan: ``tim``; a file whose fields the API no
    longer shows: ``post-<no>``). ``name`` is the original name without extension, entities decoded once, otherwise
    as the poster gave it: hostile, maybe empty. ``ext`` begins with a dot or is empty. ``urls`` are tried in order,
    the next one only after a 404 on the one before. ``md5`` and ``sha256`` are lower-case hex of the original upload.
    ``comment`` and ``poster`` (name, tripcode and id, parted by spaces) are the post's, as plain text.
    """

    key: str
    post: int
    name: str
    ext: str
    urls: tuple[str, ...]
    size_bytes: int | None = None
    md5: str | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    time: int | None = None
    spoiler: bool = False
    deleted: bool = False
    comment: str = ""
    poster: str = ""

    @property
    def kind(self) -> MediaKind:
        """What ``only`` calls it."""
        return media_kind(self.ext)


@dataclass(frozen=True, slots=True)
class Target:
    """A page URL, understood. ``url`` is the canonical page URL: two URLs of one thread give equal Targets but for ``post``."""

    site: str
    kind: PageKind
    url: str
    board: str
    thread: int | None = None
    post: int | None = None


@dataclass(frozen=True, slots=True)
class ThreadAnswer:
    """A thread as its API answer shows it: attachments in post order, keys unique.

    ``subject`` is the first post's, one line of plain text, maybe empty. ``links`` are other threads of the same board that
    the last posts link to, the newest post's first, each once.
    """

    title: str
    attachments: tuple[Attachment, ...]
    posts: int
    archived: bool = False
    closed: bool = False
    subject: str = ""
    links: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadRef:
    """A thread in a listing. ``url`` is its canonical page URL; ``subject`` one line of plain text, None when the listing does
    not tell; ``modified`` Unix seconds of its last change.
    """

    thread: int
    url: str
    subject: str | None = None
    modified: int | None = None
    is_sticky: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The threads of a catalog, board or archive, in the site's order (a catalog: page 1 first), numbers unique."""

    title: str
    threads: tuple[ThreadRef, ...]
    is_archive: bool = False


class Site(Protocol):
    """One imageboard. All methods are pure."""

    @property
    def name(self) -> str:
        """What people call it and what its folder is called."""

    @property
    def software(self) -> str:
        """What it runs: 4chan, vichan, lynxchan, foolfuuka, jschan."""

    @property
    def match_patterns(self) -> tuple[str, ...]:
        """WebExtension match patterns of its pages and media."""

    @property
    def hosts(self) -> frozenset[str]:
        """Every ``host`` or ``host:port`` a request or redirect for this site may go to."""

    @property
    def media_url(self) -> str:
        """Where most of its media are: connections may be made ahead of their addresses."""

    @property
    def api_interval_s(self) -> float:
        """Seconds between two API requests, for all processes together."""

    def recognise(self, url: str) -> Target | None:
        """The Target of a page, API or media URL of this site; None when it is not one."""

    def api_url(self, target: Target) -> str:
        """Where the answer for this thread or listing is; raises UrlError ``url.unsupported`` for a FILE."""

    def referer(self, target: Target) -> str:
        """The page a browser would name when it fetches this target's media."""

    def read_thread(self, target: Target, answer: Mapping[str, Any]) -> ThreadAnswer:
        """The thread in a decoded API answer.

        Raises SiteError: ``thread.gone`` when the answer says so, ``site.unreadable`` when it is not a thread.
        """

    def read_listing(self, target: Target, answer: object) -> Listing:
        """The threads of a CATALOG, BOARD or ARCHIVE in a decoded API answer; raises SiteError ``site.unreadable``."""

    def single_file(self, target: Target) -> Attachment:
        """The attachment of a target of kind FILE, as far as its URL tells."""
