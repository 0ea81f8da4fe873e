"""The title of a thread, as people know it: its subject, else how its first post begins, else its address.

Pure, and the same for every software.
"""

from __future__ import annotations

import re

from threadreel.sites.markup import decode_entities, plain_text

_SUBJECT_CHARS = 120
_FIRST_LINE_CHARS = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Direction marks turn the text around them, zero-width characters cannot be seen, lone surrogates cannot be encoded.
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def one_line(text: str) -> str:
    """``text`` without control and invisible characters, its words parted by single spaces."""
    return " ".join(_INVISIBLE.sub("", _CONTROL.sub(" ", text)).split())


def thread_title(subject: str, comment: str, slug: str) -> str:
    """One clean line, maybe empty. ``subject`` and ``comment`` are HTML as the API gives them, ``slug`` has dashes."""
    return (
        _cut_at_word(one_line(decode_entities(subject)), _SUBJECT_CHARS)
        or _cut_at_word(_first_line(plain_text(comment)), _FIRST_LINE_CHARS)
        or _cut_at_word(one_line(slug.replace("-", " ")), _SUBJECT_CHARS)
    )


def _first_line(text: str) -> str:
    return next(filter(None, map(one_line, text.split("\n"))), "")


def _cut_at_word(text: str, limit: int) -> str:
    """The longest beginning of whole words within ``limit`` characters; a longer first word is cut."""
    if len(text) <= limit:
        return text
    end = text.rfind(" ", 0, limit + 1)
    return text[: end if end > 0 else limit]
