"""What each term of a filter asks of an attachment. Pure; ``filters`` has the language."""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from threadreel.engine.planning.patterns import Pattern, PatternError
from threadreel.sites.base import Attachment, MediaKind

#: what ``is it so?`` gives for an attachment in a thread of this subject (None: not told); None when the API does not tell
Fact = Callable[[Attachment, str | None], bool | None]
_Number = Callable[[Attachment], int | None]

MAX_PATTERN_CHARS = 200
_LOOKED_AT_CHARS = 2000
_EXT = re.compile(r"\.?([a-z0-9]{1,16})")
_AMOUNT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)([a-z]*)")
_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_COMPARISON = re.compile(r">=|<=|>|<|=|")
_COMPARISONS = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "": operator.eq,
}


class TermError(ValueError):
    """``why`` a value cannot be used, and ``at`` which of its characters, counted from 0."""

    def __init__(self, why: str, at: int = 0) -> None:
        super().__init__(why)
        self.why, self.at = why, at


def text_test(value: str) -> Callable[[str], bool]:
    """Whether a text holds ``value``, whatever the case. Raises TermError."""
    if not value:
        raise TermError("there is no text to look for")
    wanted = _seen(value).casefold()
    return lambda text: wanted in _seen(text).casefold()


def pattern_test(pattern: str) -> Callable[[str], bool]:
    """Whether the pattern matches anywhere in a text, whatever the case. Raises TermError."""
    if not pattern:
        raise TermError("there is no pattern to look for")
    if len(pattern) > MAX_PATTERN_CHARS:
        raise TermError(f"a pattern has at most {MAX_PATTERN_CHARS} characters", MAX_PATTERN_CHARS)
    try:
        read = Pattern(unicodedata.normalize("NFC", pattern))
    except PatternError as error:
        raise TermError(error.why, error.at) from None
    return lambda text: read.is_in(_seen(text))


def _seen(text: str) -> str:
    """What is looked at. Composed: some systems write ``é`` as two characters."""
    return unicodedata.normalize("NFC", text[:_LOOKED_AT_CHARS])


def _kinds(value: str) -> Fact:
    names = [str(kind) for kind in MediaKind]
    wanted = frozenset(_items(value, lambda item: item if item in names else None, f"kinds are {', '.join(names)}"))
    return lambda attachment, _: str(attachment.kind) in wanted


def _exts(value: str) -> Fact:
    def read(item: str) -> str | None:
        found = _EXT.fullmatch(item)
        return found[1] if found else None

    wanted = frozenset(_items(value, read, "an extension is 1 to 16 letters and digits"))
    return lambda attachment, _: attachment.ext.lower().removeprefix(".") in wanted


def _items(value: str, read: Callable[[str], str | None], why: str) -> list[str]:
    """The items of a list parted by commas, read."""
    found, at = [], 0
    for item in value.split(","):
        read_item = read(item.lower())
        if read_item is None:
            raise TermError(why, at)
        found.append(read_item)
        at += len(item) + 1
    return found


def _number(number: _Number, units: Mapping[str, int]) -> Callable[[str], Fact]:
    def read(value: str) -> Fact:
        test = _range(value, units) if ".." in value else _compared(value, units)

        def fact(attachment: Attachment, _: str | None) -> bool | None:
            found = number(attachment)
            return None if found is None else test(found)

        return fact

    return read


def _range(value: str, units: Mapping[str, int]) -> Callable[[int], bool]:
    low_text, _, high_text = value.partition("..")
    if not low_text and not high_text:
        raise TermError("a range has a number on one side at least")
    low = _amount(low_text, 0, units) if low_text else Decimal(0)
    high = _amount(high_text, len(low_text) + 2, units) if high_text else Decimal("Infinity")
    if high < low:
        raise TermError("the range ends before it begins")
    return lambda found: low <= found <= high


def _compared(value: str, units: Mapping[str, int]) -> Callable[[int], bool]:
    sign = _COMPARISON.match(value)
    assert sign is not None  # it matches nothing, too
    compare, amount = _COMPARISONS[sign[0]], _amount(value[sign.end() :], sign.end(), units)
    return lambda found: bool(compare(found, amount))


def _amount(text: str, at: int, units: Mapping[str, int]) -> Decimal:
    found = _AMOUNT.fullmatch(text.lower())
    if found is None:
        raise TermError("this is no number", at)
    if found[2] not in units:
        known = "units are KB, MB, GB, KiB, MiB and GiB" if len(units) > 1 else "pixels have no unit"
        raise TermError(known, at + found.start(2))
    return Decimal(found[1]) * units[found[2]]


def _is_spoiler(attachment: Attachment, _: str | None) -> bool:
    return attachment.spoiler


_PIXELS = {"": 1}
#: by field, how its value is read. Raises TermError
VALUES: Mapping[str, Callable[[str], Fact]] = MappingProxyType(
    {
        "kind": _kinds,
        "ext": _exts,
        "size": _number(lambda attachment: attachment.size_bytes, _UNITS),
        "width": _number(lambda attachment: attachment.width, _PIXELS),
        "height": _number(lambda attachment: attachment.height, _PIXELS),
    }
)
#: by field, the texts of which one must be so; None when nobody tells
TEXTS: Mapping[str, Callable[[Attachment, str | None], tuple[str, ...] | None]] = MappingProxyType(
    {
        "name": lambda attachment, _: (attachment.name, attachment.name + attachment.ext),
        "subject": lambda _, subject: None if subject is None else (subject,),
        "comment": lambda attachment, _: (attachment.comment,),
        "poster": lambda attachment, _: (attachment.poster,),
    }
)
#: terms without a value
FLAGS: Mapping[str, Fact] = MappingProxyType({"spoiler": _is_spoiler})


def text_fact(field: str, test: Callable[[str], bool]) -> Fact:
    """Whether a text of this field passes the test."""
    texts_of = TEXTS[field]

    def fact(attachment: Attachment, subject: str | None) -> bool | None:
        texts = texts_of(attachment, subject)
        return None if texts is None else any(test(text) for text in texts)

    return fact
