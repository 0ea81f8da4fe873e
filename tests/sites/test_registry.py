"""The registry finds whose an address is, takes boards from the settings, and takes another software as one entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from threadreel.errors import SettingsError, SiteError, UrlError
from threadreel.sites.address import Root, read_address
from threadreel.sites.base import Attachment, Listing, PageKind, Site, Target, ThreadAnswer
from threadreel.sites.registry import SOFTWARE, Registry

LOCAL = {
    "name": "Local board",
    "software": "4chan",
    "page": "http://127.0.0.1:8765",
    "api": "http://127.0.0.1:8765/api/",
    "media": "http://127.0.0.1:8766/",
}


@dataclass(frozen=True)
class ToySite:
    """A whole software, as small as one can be."""

    name: str
    host: str
    software: str = "toy"
    api_interval_s: float = 2.0

    @property
    def match_patterns(self) -> tuple[str, ...]:
        return (f"*://{self.host}/*",)

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({self.host})

    def recognise(self, url: str) -> Target | None:
        address = read_address(url)
        if address is None or address.host != self.host or len(address.path) != 1 or not address.path[0].isdecimal():
            return None
        thread = int(address.path[0])
        return Target(self.name, PageKind.THREAD, f"https://{self.host}/{thread}", "toys", thread)

    def api_url(self, target: Target) -> str:
        return f"{target.url}.json"

    media_url = "https://toy.example/"

    def referer(self, target: Target) -> str:
        return target.url

    def read_thread(self, target: Target, answer: Mapping[str, Any]) -> ThreadAnswer:
        files = (Attachment(key=name, post=1, name=name, ext="", urls=(f"{target.url}/{name}",)) for name in answer)
        return ThreadAnswer(title="", attachments=tuple(files), posts=1)

    def read_listing(self, target: Target, answer: object) -> Listing:
        raise SiteError("site.unreadable", f"{target.url} lists no threads, but {answer}.")

    def single_file(self, target: Target) -> Attachment:
        raise UrlError("url.unsupported", f"{target.url} is no file.")


class ToySoftware:
    """What its module would offer."""

    def known_sites(self) -> tuple[Site, ...]:
        return (ToySite("Toybox", "toys.example"),)

    def custom_site(self, name: str, page: Root, api: Root, media: Root) -> Site:
        assert page == api == media
        return ToySite(name, page.host)


def test_known_site_is_found_by_address_and_by_name() -> None:
    registry = Registry()
    site, target = registry.find("https://boards.4chan.org/g/thread/5#p6")
    assert (site.name, target.thread, target.post) == ("4chan", 5, 6)
    assert registry.by_name("4chan") is site
    assert registry.sites == (site,)


def test_board_of_the_settings_is_found_beside_the_known_site() -> None:
    registry = Registry([LOCAL])
    site, target = registry.find("http://127.0.0.1:8765/g/thread/5")
    assert (site.name, site.software, target.site) == ("Local board", "4chan", "Local board")
    assert site.api_url(target) == "http://127.0.0.1:8765/api/g/thread/5.json"
    assert registry.by_name("Local board") is site
    assert registry.find("g/5")[0].name == "4chan"


@pytest.mark.parametrize(
    "url", ["", "   ", "12345678", "g/", "hello world", "g/thread/abc", "javascript:alert(1)", "\x00"]
)
def test_text_that_is_no_address_is_invalid(url: str) -> None:
    with pytest.raises(UrlError, match="not a web address") as caught:
        Registry().find(url)
    assert (caught.value.code, bool(caught.value.hint)) == ("url.invalid", True)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/g/thread/123",
        "example.com/g/thread/123",
        "https://www.4chan.org@evil.test/path",
        "https://boards.4chan.org.evil.test/g/thread/42",
        "ftp://boards.4chan.org/g/thread/42",
        "https://boards.4chan.org/g/thread/42/" + "x" * 3000,
    ],
)
def test_address_of_no_known_site_is_unsupported_and_the_known_ones_are_named(url: str) -> None:
    with pytest.raises(UrlError) as caught:
        Registry([LOCAL]).find(url)
    assert caught.value.code == "url.unsupported"
    assert "Known sites: 4chan, Local board." in caught.value.message
    assert "settings" in caught.value.hint
    assert len(caught.value.message) < 250


@pytest.mark.parametrize(
    "url", ["https://www.4chan.org/rules#global16", "https://boards.4chan.org/g/thread/0", "https://i.4cdn.org/x.png"]
)
def test_other_address_of_a_known_site_is_unsupported_and_says_why(url: str) -> None:
    with pytest.raises(UrlError, match="is on 4chan, but it is no thread, catalog, board, archive or file") as caught:
        Registry().find(url)
    assert (caught.value.code, bool(caught.value.hint)) == ("url.unsupported", True)


def test_message_shows_no_invisible_characters() -> None:
    with pytest.raises(UrlError) as caught:
        Registry().find("https://evil.test/\u202egnp.exe\x07\ud800")
    assert caught.value.message.isprintable()


def test_unknown_name_raises() -> None:
    with pytest.raises(UrlError, match="no site called 'Gone'") as caught:
        Registry().by_name("Gone")
    assert caught.value.code == "url.unsupported"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"software": "phpbb"}, "software 'phpbb' is not known"),
        ({"software": None}, "software 'None' is not known"),
        ({"page": "ftp://127.0.0.1/"}, "page root"),
        ({"page": "127.0.0.1:8765"}, "page root"),
        ({"page": ""}, "page root"),
        ({"api": "https://user@host.test/"}, "api root"),
        ({"api": "https://host.test/?x=1"}, "api root"),
        ({"api": "https://host.test/#x"}, "api root"),
        ({"api": None}, "api root"),
        ({"media": "https://host.test:99999"}, "media root"),
        ({"media": "https://host.test/a/../b"}, "media root"),
        ({"media": "https://ho st.test"}, "media root"),
        ({"media": 5}, "media root"),
        ({"name": "4CHAN"}, "already a site of that name"),
    ],
)
def test_board_that_cannot_be_used_is_named(change: dict[str, Any], what: str) -> None:
    board = {**LOCAL, **change}
    with pytest.raises(SettingsError, match=what) as caught:
        Registry([board])
    assert caught.value.code == "settings.invalid"
    assert repr(board["name"]) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", [None, 5, "", "  ", "a\nb", "x" * 41])
def test_board_needs_a_name(name: Any) -> None:
    with pytest.raises(SettingsError, match="its name"):
        Registry([{**LOCAL, "name": name}])


def test_two_boards_cannot_share_a_name() -> None:
    with pytest.raises(SettingsError, match="already a site"):
        Registry([LOCAL, {**LOCAL, "name": "LOCAL BOARD"}])


def test_another_software_is_one_entry() -> None:
    root = "https://more.example"
    boards = [{"name": "More toys", "software": "toy", "page": root, "api": root, "media": root}]
    registry = Registry(boards, software={**SOFTWARE, "toy": ToySoftware()})
    assert [site.name for site in registry.sites] == ["4chan", "Toybox", "More toys"]
    site, target = registry.find("https://toys.example/7")
    assert (site.software, target.thread) == ("toy", 7)
    assert registry.find("https://more.example/8")[0].name == "More toys"
    assert registry.find("https://boards.4chan.org/g/thread/5")[0].name == "4chan"
    with pytest.raises(UrlError, match="4chan, Toybox, More toys") as caught:
        registry.find("https://example.com/")
    assert "4chan or toy" in caught.value.hint
