"""Fields of a decoded API answer, read leniently: a value that is missing, of the wrong type or out of range is None.

Pure, and the same for every software.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, TypeGuard

#: the largest number the ledger's INTEGER holds
LARGEST = 2**63 - 1

_POSITIVE = re.compile(r"[1-9][0-9]{0,18}")
_MD5_BYTES = 16
_MD5_BASE64_CHARS = 24


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it was a JSON object."""
    return isinstance(value, Mapping)


def text(post: Mapping[str, Any], field: str) -> str | None:
    """A string."""
    value = post.get(field)
    return value if isinstance(value, str) else None


def whole_number(post: Mapping[str, Any], field: str) -> int | None:
    """An integer from 0 to LARGEST; JSON's true and false are none."""
    value = post.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST else None


def positive_number(value: object) -> int | None:
    """An integer from 1 to LARGEST; some boards write it as text."""
    if isinstance(value, str):
        value = int(value) if _POSITIVE.fullmatch(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST else None


def flag(post: Mapping[str, Any], field: str) -> bool:
    """Whether it is set: 1 or true. Old answers write 0 where newer ones leave the field out."""
    value = post.get(field)
    return isinstance(value, int) and value != 0


def md5_hex(post: Mapping[str, Any], field: str) -> str | None:
    """An MD5 given as 24 characters of base64, as lower-case hex."""
    value = text(post, field)
    if value is None or len(value) != _MD5_BASE64_CHARS:
        return None
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError:
        return None
    return digest.hex() if len(digest) == _MD5_BYTES else None
