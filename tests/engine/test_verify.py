"""Judging a whole body: the hash decides, a fake is never kept, and other bytes are called so."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repeats import repeats
from threadreel.demo.pictures import media_bytes
from threadreel.engine.verify import Digest, Expected, Verdict, fake_reason, judge, looks_like_html

PNG = media_bytes(1, ".png", 5000)
OTHER_PNG = media_bytes(2, ".png", 5000)
PAGE = b"<!DOCTYPE html><html><body>404</body></html>"


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def digest_of(data: bytes) -> Digest:
    digest = Digest()
    digest.feed(data)
    return digest


def verdict(
    data: bytes, ext: str = ".png", size: int | None = None, hashed: bytes | None = None, sha_of: bytes | None = None
) -> tuple[Verdict, str]:
    expected = Expected(
        ext,
        size,
        md5(hashed) if hashed is not None else None,
        hashlib.sha256(sha_of).hexdigest() if sha_of is not None else None,
    )
    return judge(digest_of(data), expected)


# The digest


@settings(max_examples=repeats(60), deadline=None, database=None)
@given(st.lists(st.binary(max_size=700) | st.just(bytes(600)), max_size=8))
def test_a_digest_does_not_depend_on_the_pieces(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    whole, piecewise = digest_of(data), Digest()
    for piece in pieces:
        piecewise.feed(memoryview(piece))
    for digest in (whole, piecewise):
        assert digest.md5 == md5(data)
        assert digest.sha256 == hashlib.sha256(data).hexdigest()
        assert digest.size_bytes == len(data)
        assert digest.head == data[:1024]
        assert digest.is_all_nul == (not any(data))


# The verdict


def test_the_right_bytes_are_right() -> None:
    assert verdict(PNG, size=len(PNG), hashed=PNG) == (Verdict.RIGHT, "")
    assert verdict(PNG, size=len(PNG)) == (Verdict.RIGHT, "")
    assert verdict(PNG) == (Verdict.RIGHT, "")
    assert verdict(PNG, sha_of=PNG) == (Verdict.RIGHT, "")


@pytest.mark.parametrize("data", [b"", bytes(100), PAGE, b'{"error": 1}', b"GIF89a", OTHER_PNG])
def test_bytes_with_the_right_hash_are_right_however_odd(data: bytes) -> None:
    assert verdict(data, size=1, hashed=data) == (Verdict.RIGHT, "")
    assert verdict(data, hashed=PNG, sha_of=data) == (Verdict.RIGHT, "")


def test_other_bytes_of_the_right_kind_differ() -> None:
    assert verdict(OTHER_PNG, size=len(OTHER_PNG), hashed=PNG) == (Verdict.DIFFERS, "")
    assert verdict(PNG[:2000], size=len(PNG), hashed=PNG) == (Verdict.DIFFERS, "")
    assert verdict(PNG[:2000], size=len(PNG)) == (Verdict.DIFFERS, "")
    assert verdict(PNG + b"\0", size=len(PNG)) == (Verdict.DIFFERS, "")
    assert verdict(OTHER_PNG, sha_of=PNG) == (Verdict.DIFFERS, "")


@pytest.mark.parametrize(
    ("data", "ext", "reason"),
    [
        (b"", ".png", "fake.empty"),
        (b"", "", "fake.empty"),
        (bytes(5000), ".png", "fake.nul"),
        (bytes(5000), ".txt", "fake.nul"),
        (PAGE, ".png", "fake.html"),
        (b"\xef\xbb\xbf\r\n  <HTML>", ".webm", "fake.html"),
        (b"<?xml version='1.0'?><Error>", ".jpg", "fake.html"),
        (b"<!-- x --><p>", ".zip", "fake.html"),
        (b' {"error": "Too many requests"}', ".png", "fake.json"),
        (b"{}", ".mp3", "fake.json"),
        (b"[ ]", ".zip", "fake.json"),
        (b'[{"no": 1}]', ".jpg", "fake.json"),
        (b"GIF89a....", ".png", "fake.signature"),
        (b"\x89PNG\r\n\x1a\n", ".JPG", "fake.signature"),
        (b"Service unavailable", ".webm", "fake.signature"),
        (b"Service unavailable", ".pdf", "fake.signature"),
        (b"\x89PNG", ".png", "fake.signature"),
    ],
)
def test_a_fake_is_told_from_a_file(data: bytes, ext: str, reason: str) -> None:
    assert verdict(data, ext, size=len(data)) == (Verdict.FAKE, reason)
    assert verdict(data, ext, hashed=b"what the API says") == (Verdict.FAKE, reason)


@pytest.mark.parametrize("ext", [".png", ".jpg", ".gif", ".webm", ".mp4", ".webp", ".pdf", ".swf"])
@pytest.mark.parametrize("shown", [str, str.upper])
def test_every_kind_of_file_is_one(ext: str, shown: type[str]) -> None:
    data = {
        ".webp": b"RIFF\x10\0\0\0WEBPVP8 ",
        ".pdf": b"\xef\xbb\xbf%PDF-1.7",
        ".swf": b"CWS\x0a",
        ".mp4": b"\0\0\0\x20ftypisom",
    }.get(ext) or media_bytes(1, ext, 5000)
    assert fake_reason(digest_of(data), shown(ext)) == ""


@pytest.mark.parametrize(
    ("data", "ext"),
    [
        (PAGE, ".html"),
        (b'{"a": 1}', ".json"),
        (b"[1]", ".txt"),
        (b"<?xml?><svg/>", ".svg"),
        (PAGE, ""),
        (b"{\\rtf1 text}", ".rtf"),
        (b"[section]\nkey=1", ".ini"),
        (b"PK\x03\x04", ".zip"),
        (b"anything", ".xyz"),
        (b"\0" * 100 + b"x", ".bin"),
        (b"<", ".c"),
    ],
)
def test_what_nobody_can_judge_is_let_through(data: bytes, ext: str) -> None:
    assert verdict(data, ext, size=len(data)) == (Verdict.RIGHT, "")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"<!doctype HTML>", True),
        (b"\r\n\t <html lang=en>", True),
        (b"<script>", True),
        (b"<svg>", False),
        (b"text <html>", False),
        (b"", False),
    ],
)
def test_a_page_is_known_by_its_beginning(head: bytes, expected: bool) -> None:
    assert looks_like_html(head) is expected
