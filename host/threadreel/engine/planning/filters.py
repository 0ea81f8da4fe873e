r"""Filters: which attachments, and which threads of a listing, the user wants. Pure.

A filter is text: terms parted by spaces that must all hold; ``-`` before a term turns it round. Empty text admits everything.

    kind:images,videos  ext:webm,mp4        one of these
    size:>=100KB  size:1MB..8MB  width:800  bytes (KB MB GB by 1000, KiB MiB GiB by 1024) or pixels; also height
    name:cat  comment:"two words"  subject:/regex/  poster:…   the text holds this, whatever its case
    spoiler                                 the page hides the picture

What the API does not tell (a size; the subjects of an archive's threads) leaves nothing out: every term about it holds, turned
round or not. Of a text, the first 2000 characters count. ``filter_terms`` says what each term asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from threadreel.engine.planning.filter_terms import (
    FLAGS,
    TEXTS,
    VALUES,
    Fact,
    TermError,
    pattern_test,
    text_fact,
    text_test,
)
from threadreel.errors import FilterError
from threadreel.sites.base import Attachment

MAX_CHARS = 1000
_SHOWN_CHARS = 40
_HINT = 'Terms look like kind:images, ext:webm, size:>=100KB, name:"two words" or -spoiler.'

_WORD = re.compile(r"\S+")
_FIELD = re.compile(r"([^\s:\"/]*):")
# ``/`` and ``"`` end what they begin, but for those with a backslash before them
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PATTERN = re.compile(r"/((?:[^/\\]|\\.)*)/i?", re.DOTALL)

_FIELDS = (*VALUES, *TEXTS)
_Made = TypeVar("_Made")
_NO_FILE = Attachment(key="", post=0, name="", ext="", urls=())


@dataclass(frozen=True, slots=True)
class _Term:
    field: str
    fact: Fact
    is_negated: bool

    def admits(self, attachment: Attachment, subject: str | None) -> bool:
        found = self.fact(attachment, subject)
        return found is None or found is not self.is_negated


class Filter:
    """A filter, read; ``text`` is what it was read from. Not for several threads at once."""

    def __init__(self, text: str) -> None:
        """Raise FilterError ``filter.invalid``, naming the character, when ``text`` is no filter."""
        self.text = text
        try:
            self._terms = tuple(_terms(text))
        except TermError as error:
            raise _refusal(text, error) from None

    def admits(self, attachment: Attachment, subject: str | None) -> bool:
        """Whether every term holds for the attachment; ``subject`` is its thread's, None when nobody tells."""
        return all(term.admits(attachment, subject) for term in self._terms)

    def admits_thread(self, subject: str | None) -> bool:
        """Whether a thread of this subject may hold what is wanted: only terms on the subject count."""
        return all(term.admits(_NO_FILE, subject) for term in self._terms if term.field == "subject")


def read_text_test(value: str) -> Callable[[str], bool]:
    """Whether a text holds ``value``, or matches it when it is ``/a pattern/``, as terms on texts ask it. Raises FilterError."""
    try:
        test, end = _text_value(value, 0) if value.startswith("/") else (text_test(value), len(value))
        if end < len(value):
            raise TermError("nothing can follow the pattern", end)
    except TermError as error:
        raise _refusal(value, error) from None
    return test


def _terms(text: str) -> Iterator[_Term]:
    if len(text) > MAX_CHARS:
        raise TermError(f"a filter has at most {MAX_CHARS} characters", MAX_CHARS)
    at = 0
    while (word := _WORD.search(text, at)) is not None:
        term, at = _term(text, word.start())
        yield term


def _term(text: str, at: int) -> tuple[_Term, int]:
    """The term that begins here, and where it ends."""
    is_negated = text[at] == "-"
    word = _WORD.match(text, at + is_negated)
    if word is None:
        raise TermError("there is nothing after this -", at)
    named = _FIELD.match(text, word.start())
    field = (named[1] if named else word[0]).lower()
    if named is None:
        if field not in FLAGS:
            raise TermError(_not_a_flag(word[0]), word.start())
        return _Term(field, FLAGS[field], is_negated), word.end()
    if field not in _FIELDS:
        why = f"{field} has no value" if field in FLAGS else f"there is no field {_shown(named[1])}"
        raise TermError(f"{why}. There are {', '.join(_FIELDS)} and {', '.join(FLAGS)}", word.start())
    value_at = named.end()
    if value_at == word.end():
        raise TermError(f"{field}: needs a value right after it", value_at - 1)
    if field in TEXTS and text[value_at] in '"/':
        test, end = _text_value(text, value_at)
        if _WORD.match(text, end):
            raise TermError("a space must part the terms", end)
        return _Term(field, text_fact(field, test), is_negated), end
    value = text[value_at : word.end()]
    if field in TEXTS:
        return _Term(field, text_fact(field, _made(text_test, value, value_at)), is_negated), word.end()
    return _Term(field, _made(VALUES[field], value, value_at), is_negated), word.end()


def _text_value(text: str, at: int) -> tuple[Callable[[str], bool], int]:
    """What the quoted text or the pattern that begins here asks, and where it ends."""
    is_pattern = text[at] == "/"
    found = (_PATTERN if is_pattern else _QUOTED).match(text, at)
    if found is None:
        raise TermError(f"this {text[at]} is never closed by another", at)
    if is_pattern:
        return _made(pattern_test, found[1], at + 1), found.end()
    return _made(text_test, re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL), at), found.end()


def _made(make: Callable[[str], _Made], value: str, at: int) -> _Made:
    """What ``make`` makes of the value that stands at this place."""
    try:
        return make(value)
    except TermError as error:
        raise TermError(error.why, at + error.at) from None


def _not_a_flag(word: str) -> str:
    if word.lower() in _FIELDS:
        return f"{word.lower()} needs a colon and a value"
    return f"{_shown(word)} is no term; name:{_shown(word)} finds it in names"


def _shown(word: str) -> str:
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in word)
    return shown if len(shown) <= _SHOWN_CHARS else shown[: _SHOWN_CHARS - 1] + "…"


def _refusal(text: str, error: TermError) -> FilterError:
    place = error.at + 1
    what = f"The filter cannot be read at character {place}: {error.why}."
    return FilterError("filter.invalid", what, _HINT, text, place)


#: the filter that leaves nothing out
EVERYTHING = Filter("")
