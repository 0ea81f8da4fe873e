"""Post HTML to plain text: entities decoded exactly once, breaks kept, tags gone.

Pure, and linear in the input whatever a poster wrote. That is why ``html.parser`` is not used: on many Pythons it takes
quadratic time over unclosed tags (https://github.com/python/cpython/issues/135462), and it raises over some of them.
"""

from __future__ import annotations

import html
import re

_BREAK = re.compile(r"<br\s*/?>|\r\n?", re.IGNORECASE)
_WORD_BREAK = re.compile(r"<wbr\s*/?>", re.IGNORECASE)
# A tag ends before the next "<", so that a row of unclosed ones is read once and not once for each.
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
# html.unescape hands these digits to int(), which refuses more than 4300 of them.
_LONG_REFERENCE = re.compile(r"&#([0-9]{8,});?")
_CODE_POINT_DIGITS = 7


def decode_entities(text: str) -> str:
    """``text`` with its character references decoded once: ``&amp;lt;`` gives ``&lt;``. Never raises."""
    return html.unescape(_LONG_REFERENCE.sub(_shorter, text))


def plain_text(markup: str) -> str:
    """What a reader sees of a post: ``<br>`` is a newline, ``<wbr>`` nothing, other tags go, entities are decoded once.

    The result is text: it may hold ``<`` and ``&`` and must be escaped before it is HTML again.
    """
    text = _WORD_BREAK.sub("", _BREAK.sub("\n", markup))
    return decode_entities(_TAG.sub("", text))


def _shorter(reference: re.Match[str]) -> str:
    digits = reference[1].lstrip("0")
    return f"&#{digits or 0};" if len(digits) <= _CODE_POINT_DIGITS else "\N{REPLACEMENT CHARACTER}"
