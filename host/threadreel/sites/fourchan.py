"""The software ``4chan``: what its addresses lead to, where API and media are. ``fourchan_threads`` and ``fourchan_listings``
read the answers.

Facts from https://github.com/4chan/4chan-API and from addresses seen in clients and posts since 2012.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from threadreel.errors import UrlError
from threadreel.sites.address import MAX_ADDRESS_CHARS, Address, Root, read_address
from threadreel.sites.base import Attachment, Listing, PageKind, Site, Target, ThreadAnswer
from threadreel.sites.fields import LARGEST
from threadreel.sites.fourchan_listings import read_threads
from threadreel.sites.fourchan_threads import FLASH_BOARD, encoded, read_answer

_BOARD = re.compile(r"[a-z0-9]{1,10}")
_NUMBER = re.compile(r"([1-9][0-9]{0,18})")
_BOARD_PAGE = re.compile(r"[1-9][0-9]?")
_POST_FRAGMENT = re.compile(r"[pq]([1-9][0-9]{0,18})")
_API_THREAD = re.compile(r"([0-9]+)(?:-tail)?\.json")
_API_BOARD = re.compile(r"threads\.json|[1-9][0-9]?\.json")
# Where pages, API and media share one root, these three are not media.
_FILE_EXT = r"\.(?!html?$|json$|php$)[A-Za-z0-9]{1,5}"
# ``s`` and ``m`` mark the thumbnail and the mobile picture, both always JPEG.
_MEDIA = re.compile(rf"[1-9][0-9]{{0,18}}(?:[sm]\.jpg|{_FILE_EXT})")
_FLASH = re.compile(rf"(.+)({_FILE_EXT})")
# What people type: g/123, g/thread/123, /g/thread/123#p456. No other path: /tmp/ is more likely a folder than a board.
_SHORTHAND = re.compile(r"(?:/?([a-z0-9]{1,10})/thread/|([a-z0-9]{1,10})/(?=[0-9]+(?:#|$)))([0-9].*)")
_PATH_WORDS = frozenset({"thread", "res", "catalog", "archive"})


@dataclass(frozen=True, slots=True)
class FourChan:
    """One imageboard that runs 4chan's software, described by its roots. Implements ``Site``.

    ``page_aliases`` and ``media_aliases`` are further places that mean the same as ``page`` and ``media``; a host that
    ``mirrors`` matches counts as ``media`` too, but only in what a person gives. ``no_boards`` are first path segments
    that look like boards. ``has_shorthand`` says whether an address without a host, ``g/123``, is of this site.
    """

    name: str
    page: Root
    api: Root
    media: Root
    page_aliases: tuple[Root, ...] = ()
    media_aliases: tuple[Root, ...] = ()
    mirrors: re.Pattern[str] | None = None
    no_boards: frozenset[str] = frozenset()
    has_shorthand: bool = False
    software: str = "4chan"
    api_interval_s: float = 1.0

    @classmethod
    def custom(cls, name: str, page: Root, api: Root, media: Root) -> FourChan:
        """A board from the settings."""
        return cls(name, page, api, media)

    @property
    def match_patterns(self) -> tuple[str, ...]:
        """WebExtension match patterns of its pages and media."""
        roots = (self.page, *self.page_aliases, self.media, *self.media_aliases)
        return tuple(dict.fromkeys(root.match_pattern for root in roots))

    @property
    def hosts(self) -> frozenset[str]:
        """Where requests and redirects may go: API and media, not the pages."""
        return frozenset(root.host for root in (self.api, self.media, *self.media_aliases))

    @property
    def media_url(self) -> str:
        """Where most of its media are."""
        return f"{self.media.url}/"

    def recognise(self, url: str) -> Target | None:
        """The Target of a page, API or media address of this site; None when it is not one."""
        address = read_address(self._spelled_out(url))
        if address is None:
            return None
        return self._api_target(address) or self._media_target(address) or self._page_target(address)

    def api_url(self, target: Target) -> str:
        """Where the answer is; a board's is its catalog, which has all its pages. UrlError ``url.unsupported`` for a FILE."""
        match target.kind:
            case PageKind.THREAD:
                return f"{self.api.url}/{target.board}/thread/{target.thread}.json"
            case PageKind.CATALOG | PageKind.BOARD:
                return f"{self.api.url}/{target.board}/catalog.json"
            case PageKind.ARCHIVE:
                return f"{self.api.url}/{target.board}/archive.json"
        what = f"{target.url} is a {target.kind}, not a page."
        raise UrlError("url.unsupported", what, "Open a thread and use the address of that page.")

    def referer(self, target: Target) -> str:
        """The page that shows the media: the thread, or the board of a file whose thread is unknown."""
        return f"{self.page.url}/{target.board}/" if target.kind is PageKind.FILE else target.url

    def read_thread(self, target: Target, answer: Mapping[str, Any]) -> ThreadAnswer:
        """The thread in a decoded API answer.

        Raises SiteError: ``thread.gone`` when only replies are left of it, ``site.unreadable`` when it is not the whole thread.
        """
        return read_answer(answer, target, self.media.url, self.recognise)

    def read_listing(self, target: Target, answer: object) -> Listing:
        """The threads of a board in a decoded API answer; raises SiteError ``site.unreadable`` when it lists none."""
        return read_threads(answer, target, f"{self.page.url}/{target.board}/thread")

    def single_file(self, target: Target) -> Attachment:
        """The attachment of a FILE, as far as its address tells: post 0. UrlError ``url.unsupported`` otherwise."""
        if target.kind is not PageKind.FILE:
            what = f"{target.url} is a {target.kind}, not a file."
            raise UrlError("url.unsupported", what, "Use the address of a file itself.")
        stem, dot, ext = target.url.rpartition("/")[2].rpartition(".")
        if target.board != FLASH_BOARD:
            return Attachment(key=stem, post=0, name="", ext=dot + ext, urls=(target.url,))
        # /f/ does not tell the number, and the name is a stranger's: its hash is a key that is safe anywhere
        key = f"f-{hashlib.sha256(stem.encode()).hexdigest()[:16]}"
        return Attachment(key=key, post=0, name=unquote(stem), ext=dot + ext, urls=(target.url,))

    def _spelled_out(self, url: str) -> str:
        short = _SHORTHAND.fullmatch(url.strip(" ")) if self.has_shorthand and len(url) <= MAX_ADDRESS_CHARS else None
        return f"{self.page.url}/{short[1] or short[2]}/thread/{short[3]}" if short else url

    def _page_target(self, address: Address) -> Target | None:
        board, rest = self._board_and_rest(address, self.page, *self.page_aliases)
        match rest:
            case ():
                return self._target(PageKind.BOARD, board)
            case (number,) if _BOARD_PAGE.fullmatch(number):
                return self._target(PageKind.BOARD, board)
            case ("catalog",):
                return self._target(PageKind.CATALOG, board, "catalog")
            case ("archive",):
                return self._target(PageKind.ARCHIVE, board, "archive")
            case ("imgboard.php",):  # until 2013: ?res=123
                return self._thread(board, _old_thread_number(address.query), address.fragment)
            case ("thread", again, number, *_) if again == board and _NUMBER.fullmatch(number):
                # the site's own search page writes the board twice
                return self._thread(board, number, address.fragment)
            case ("thread", number, *_):
                return self._thread(board, number, address.fragment)
            case ("res", number, *_):  # until 2013
                return self._thread(board, number.removesuffix(".html"), address.fragment)
        return None

    def _api_target(self, address: Address) -> Target | None:
        board, rest = self._board_and_rest(address, self.api)
        match rest:
            case ("catalog.json",):
                return self._target(PageKind.CATALOG, board, "catalog")
            case ("archive.json",):
                return self._target(PageKind.ARCHIVE, board, "archive")
            case (file,) if _API_BOARD.fullmatch(file):
                return self._target(PageKind.BOARD, board)
            case ("thread", file) if found := _API_THREAD.fullmatch(file):
                return self._thread(board, found[1], address.fragment)
        return None

    def _media_target(self, address: Address) -> Target | None:
        mirror = (Root("", address.host),) if self.mirrors and self.mirrors.fullmatch(address.host) else ()
        board, rest = self._board_and_rest(address, self.media, *self.media_aliases, *mirror)
        if len(rest) != 1:
            return None
        if board != FLASH_BOARD:
            # A thumbnail does not tell the extension of its picture, so it is a file of its own: offering it under the
            # picture's name, or asking for every extension in turn, would be worse.
            return self._target(PageKind.FILE, board, rest[0]) if _MEDIA.fullmatch(rest[0]) else None
        named = _FLASH.fullmatch(rest[0])
        try:
            name = unquote(named[1], errors="strict") if named else ""
        except UnicodeDecodeError:
            return None
        return self._target(PageKind.FILE, board, encoded(name) + named[2]) if named else None

    def _board_and_rest(self, address: Address, *roots: Root) -> tuple[str, tuple[str, ...]]:
        """The board and the segments after it, below the first root that has any; an empty board when none has."""
        parts = next((parts for root in roots if (parts := root.below(address))), ("",))
        is_board = _BOARD.fullmatch(parts[0]) and parts[0] not in _PATH_WORDS | self.no_boards
        return (parts[0], parts[1:]) if is_board else ("", ())

    def _thread(self, board: str, number: str, fragment: str) -> Target | None:
        thread = _number(_NUMBER.fullmatch(number))
        if thread is None:
            return None
        post = _number(_POST_FRAGMENT.fullmatch(fragment))
        return self._target(PageKind.THREAD, board, f"thread/{thread}", thread, post)

    def _target(
        self, kind: PageKind, board: str, rest: str = "", thread: int | None = None, post: int | None = None
    ) -> Target | None:
        """None without a board, and where the canonical address would be too long to be one."""
        root = self.media if kind is PageKind.FILE else self.page
        url = f"{root.url}/{board}/{rest}"
        return Target(self.name, kind, url, board, thread, post) if board and len(url) <= MAX_ADDRESS_CHARS else None


def _number(found: re.Match[str] | None) -> int | None:
    """The number found, unless the ledger cannot hold it."""
    number = int(found[1]) if found else 0
    return number if 0 < number <= LARGEST else None


def _old_thread_number(query: str) -> str:
    """The ``res`` of a query that shows a thread; empty for ``mode=report`` and other forms."""
    values = parse_qs(query)
    return values["res"][0] if len(values.get("res", ())) == 1 and "mode" not in values else ""


#: pages of the site that look like boards
_NO_BOARDS = frozenset(
    {"search", "rules", "pass", "faq", "advertise", "contact", "feedback", "legal", "press", "blotter", "banned"}
)
_FILE_MIRRORS = tuple(f"is{n}.{domain}" for domain in ("4chan.org", "4channel.org") for n in ("", "2", "3"))

#: the imageboard itself. 4channel.org was its worksafe half; its links, and those without ``boards.``, still lead there
FOURCHAN = FourChan(
    name="4chan",
    page=Root("https://boards.4chan.org", "boards.4chan.org"),
    api=Root("https://a.4cdn.org", "a.4cdn.org"),
    media=Root("https://i.4cdn.org", "i.4cdn.org"),
    page_aliases=tuple(
        Root(f"https://{host}", host)
        for host in ("boards.4channel.org", "4chan.org", "www.4chan.org", "4channel.org", "www.4channel.org")
    ),
    media_aliases=tuple(Root(f"https://{host}", host) for host in _FILE_MIRRORS),
    mirrors=re.compile(r"is[0-9]*\.4chan(nel)?\.org"),
    no_boards=_NO_BOARDS,
    has_shorthand=True,
)


def known_sites() -> tuple[Site, ...]:
    """The sites that need no setting."""
    return (FOURCHAN,)


def custom_site(name: str, page: Root, api: Root, media: Root) -> Site:
    """A board from the settings."""
    return FourChan.custom(name, page, api, media)
