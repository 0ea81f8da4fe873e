"""Match patterns as browsers have them."""

import pytest

from threadreel.engine.browser_route.permissions import EVERYWHERE, Permissions


@pytest.mark.parametrize(
    ("pattern", "host", "is_covered"),
    [
        ("*://i.4cdn.org/*", "i.4cdn.org", True),
        ("https://i.4cdn.org/*", "i.4cdn.org", True),
        ("*://i.4cdn.org/*", "a.4cdn.org", False),
        ("*://i.4cdn.org/*", "i.4cdn.org.evil.example", False),
        ("*://*.4cdn.org/*", "i.4cdn.org", True),
        ("*://*.4cdn.org/*", "4cdn.org", True),
        ("*://*.4cdn.org/*", "evil4cdn.org", False),
        ("*://*/*", "anything.example", True),
        ("<all_urls>", "127.0.0.1:8080", True),
        ("http://127.0.0.1/*", "127.0.0.1:8080", True),
        ("http://127.0.0.1:8080/*", "127.0.0.1:8080", True),
        ("http://127.0.0.1:8081/*", "127.0.0.1:8080", False),
        ("http://127.0.0.1:*/*", "127.0.0.1:8080", True),
        ("http://[::1]/*", "[::1]:8080", True),
        ("*://I.4CDN.ORG/*", "i.4cdn.org", True),
        ("ftp://i.4cdn.org/*", "i.4cdn.org", False),
        ("i.4cdn.org", "i.4cdn.org", False),
        ("", "i.4cdn.org", False),
    ],
)
def test_a_pattern_covers_a_host(pattern: str, host: str, is_covered: bool) -> None:
    assert Permissions([pattern]).covers(host) is is_covered


def test_no_pattern_covers_nothing_and_everywhere_all_but_what_is_no_host() -> None:
    assert not Permissions().covers("i.4cdn.org")
    assert EVERYWHERE.covers("i.4cdn.org")
    assert not EVERYWHERE.covers("")
