"""Name and folder templates: ``{tim} {name}{ext}`` and ``{site}/{board}/{thread} {title}``, from API fields only.

Pure. A template is checked when it is made; what it renders goes through ``names`` and is legal whatever the fields hold.
"""

from __future__ import annotations

import datetime
import string
from collections.abc import Iterable, Mapping

from threadreel.errors import TemplateError
from threadreel.library.names import SafeName, clean_folder_name, clean_name

FOLDER_FIELDS = ("site", "board", "thread", "title", "date")
NAME_FIELDS = (*FOLDER_FIELDS, "tim", "post", "name", "ext", "md5", "width", "height", "index")

_FORMATTER = string.Formatter()
#: what the formatter makes of a template: literal text and the field after it, its format and conversion
_Piece = tuple[str, str | None, str | None, str | None]


class NameTemplate:
    """How files are called. Ends with ``{ext}``, so that every file keeps its extension."""

    def __init__(self, text: str) -> None:
        """Raise TemplateError ``template.invalid``, saying where, when ``text`` is no name template."""
        _check(text, NAME_FIELDS, "name")
        if not text.endswith("{ext}") or _fields_of(text).count("ext") > 1:
            raise _error("name", text, "it must end with {ext}, once, so that files keep their type")
        if "/" in text or "\\" in text:
            raise _error("name", text, "it cannot hold a slash; folders belong in the folder template")
        self.text = text
        self.fields = frozenset(_fields_of(text))
        self._stem = text[: -len("{ext}")]

    def render(self, fields: Mapping[str, object]) -> SafeName:
        """The legal name for one attachment's fields."""
        return clean_name(_fill(_FORMATTER.parse(self._stem), fields), ext=_text(fields, "ext"))


class FolderTemplate:
    """Where a thread's files go, below the tree: components parted by ``/``."""

    def __init__(self, text: str) -> None:
        """Raise TemplateError ``template.invalid``, saying where, when ``text`` is no folder template."""
        _check(text, FOLDER_FIELDS, "folder")
        parts = text.split("/")
        if "\\" in text or any(part.strip() in {"", ".", ".."} for part in parts):
            raise _error("folder", text, "it is made of names parted by single slashes, none of them empty, . or ..")
        if "thread" not in _fields_of(text):
            raise _error("folder", text, "it must hold {thread}, so that two threads of a board never share a folder")
        self.text = text
        self.fields = frozenset(_fields_of(text))
        self._parts = parts

    def render(self, fields: Mapping[str, object]) -> tuple[SafeName, ...]:
        """Legal components; one whose fields are all empty (a picture without a thread) is left out."""
        return tuple(_component(part, fields) for part in self._parts if _is_filled(part, fields))


def page_fields(site: str, board: str, thread: int | None, title: str, time: int | None) -> dict[str, object]:
    """What a folder template may use; ``time`` is that of the page's first file, in Unix seconds."""
    return {"site": site, "board": board, "thread": thread, "title": title, "date": _date(time)}


def name_fields(facts: Mapping[str, object], *, key: str, post: int, ext: str, md5: str | None) -> dict[str, object]:
    """What a name template may use besides ``page_fields``; ``facts`` of the post: name, time, width, height, index."""
    time, index = facts.get("time"), facts.get("index")
    return {
        "tim": key,
        "post": post,
        "name": facts.get("name"),
        "ext": ext,
        "md5": md5,
        "width": facts.get("width"),
        "height": facts.get("height"),
        "index": f"{index:03}" if isinstance(index, int) else "",
        "date": _date(time if isinstance(time, int) else None),
    }


def _date(time: int | None) -> str:
    if time is None:
        return ""
    try:
        return datetime.datetime.fromtimestamp(time, datetime.UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _check(text: str, fields: tuple[str, ...], what: str) -> None:
    try:
        pieces = list(_FORMATTER.parse(text))
    except ValueError as error:
        raise _error(what, text, f"its braces do not match ({error})") from None
    for _, field, spec, conversion in pieces:
        if field is None:
            continue
        if field not in fields:
            raise _error(what, text, f"there is no field {{{field}}}; there are {', '.join(fields)}")
        if spec or conversion:
            raise _error(what, text, f"{{{field}}} cannot carry a format")
    if not text.strip() or len(text) > 200:
        raise _error(what, text, "it must have 1 to 200 characters")


def _error(what: str, text: str, why: str) -> TemplateError:
    return TemplateError(
        "template.invalid",
        f"The {what} template {text[:80]!r} cannot be used: {why}.",
        "The default is {tim} {name}{ext}" if what == "name" else "The default is {site}/{board}/{thread} {title}",
    )


def _component(part: str, fields: Mapping[str, object]) -> SafeName:
    """One folder; however long the title is, the thread's number and the character that sets it off stay."""
    pieces = list(_FORMATTER.parse(part))
    at = next((at for at, piece in enumerate(pieces) if piece[1] == "thread"), None)
    if at is None:
        return clean_folder_name("", "", _fill(pieces, fields))
    literal = pieces[at][0]
    before = _fill(pieces[:at], fields) + literal[:-1]
    return clean_folder_name(before, literal[-1:] + _text(fields, "thread"), _fill(pieces[at + 1 :], fields))


def _is_filled(part: str, fields: Mapping[str, object]) -> bool:
    names = _fields_of(part)
    return not names or any(_text(fields, name).strip() for name in names)


def _fields_of(text: str) -> list[str]:
    return [field for _, field, _, _ in _FORMATTER.parse(text) if field]


def _fill(pieces: Iterable[_Piece], fields: Mapping[str, object]) -> str:
    return "".join(literal + (_text(fields, field) if field else "") for literal, field, _, _ in pieces)


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return "" if value is None else str(value)
