"""Legal names: any text a stranger typed becomes one path component that NTFS, APFS and ext4 accept.

Pure. ``SafeName`` is a type so that a raw string cannot be joined to a folder by mistake: only the functions here make one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import NewType

SafeName = NewType("SafeName", str)

PART_SUFFIX = ".part"
#: bytes of UTF-8 a file name may have. The file systems allow 255; the rest is room for ``.part`` and for Windows' path limit
FILE_NAME_BYTES = 200
#: likewise for one folder
FOLDER_NAME_BYTES = 120

_EXT_BYTES = 16
_ILLEGAL = re.compile(r'[<>:"/\\|?*]')
_SPACES = re.compile(r"\s+")
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: reserved with any extension, superscript digits too
_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
# control, format (bidi marks, zero-width), surrogate, unassigned: invisible, or refused by APFS
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Cn"})


def clean_name(text: str, limit_bytes: int = FILE_NAME_BYTES, ext: str = "") -> SafeName:
    """``text`` + ``ext`` as one legal file name of at most ``limit_bytes``; never empty, hidden, ``.`` or ``..``.

    The stem is cut, the extension (with its dot) is kept. Equal input gives equal output; different inputs may give the same
    name: see ``unique_name``.
    """
    kept_ext = _clean_ext(ext)
    if ext and not kept_ext:
        text += ext
    stem = _visible(text).strip()
    if stem.startswith("."):
        stem = "_" + stem[1:]
    if _RESERVED.match(stem + kept_ext):
        stem = "_" + stem
    stem = _cut(stem, limit_bytes - len(kept_ext.encode())).rstrip() or "_"
    name = stem + kept_ext
    if name[-1] in ". ":
        name = _cut(name.rstrip(". "), limit_bytes - 1) + "_"
    return SafeName(name)


def clean_folder_name(before: str, number: str, after: str) -> SafeName:
    """The three as one legal folder name. A name that is too long loses of ``before`` and ``after``, never ``number``."""
    number = _visible(number)
    room_bytes = FOLDER_NAME_BYTES - len(number.encode()) - 2  # 2: what ``clean_name`` may add
    before = _cut(_visible(before), room_bytes)
    after = _cut(_visible(after), room_bytes - len(before.encode()))
    return clean_name(before + number + after, FOLDER_NAME_BYTES)


def unique_name(
    wanted: SafeName, tag: str, ext: str, taken: Container[str], limit_bytes: int = FILE_NAME_BYTES
) -> SafeName:
    """``wanted``, or with `` (tag)`` before its extension when ``taken`` (of folded names) holds it or its ``.part``.

    ``tag`` says who asks (an attachment's key), so the answer does not depend on the order of downloads.
    """
    ext = _clean_ext(ext)
    ext = ext if wanted.endswith(ext) else ""
    stem, tag = wanted.removesuffix(ext), _cut(_visible(tag), limit_bytes // 4)
    name, number = wanted, 1
    while fold(name) in taken or fold(name + PART_SUFFIX) in taken:
        mark = f" ({tag})" if number == 1 else f" ({tag} {number})"
        name = clean_name(_cut(stem, limit_bytes - len((mark + ext).encode())).rstrip() + mark, limit_bytes, ext)
        number += 1
    return name


def fold(name: str) -> str:
    """What two names that some file system holds for one have in common: case, composition and width folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", name).upper().casefold())


def _clean_ext(ext: str) -> str:
    """Empty for one so long that it is none."""
    return "" if len(ext.encode("utf-8", "replace")) > _EXT_BYTES else _visible(ext).replace(" ", "")


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():  # most names: what follows would change nothing else in them
        return _ILLEGAL.sub("_", _SPACES.sub(" ", text))
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(char for char in composed if char.isspace() or unicodedata.category(char) not in _UNWANTED)
    return unicodedata.normalize("NFC", _ILLEGAL.sub("_", _SPACES.sub(" ", kept)))


def _cut(text: str, limit_bytes: int) -> str:
    """The longest beginning of ``text`` that fits and does not part a letter from its accents."""
    if len(text.encode()) <= limit_bytes:
        return text
    end = len(text.encode()[: max(limit_bytes, 0)].decode("utf-8", "ignore"))
    while end and unicodedata.category(text[end])[0] == "M":
        end -= 1
    return text[:end]
