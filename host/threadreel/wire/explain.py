"""Say in one short sentence what the contract has against a message, without quoting more of it than a key's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_QUOTE_CHARACTERS = 40
_KIND = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}


def quote(text: str) -> str:
    """``text`` in quotes, in ASCII and short enough for a sentence."""
    shown = ascii(text[: _QUOTE_CHARACTERS + 1])[1:-1]
    return f"'{shown if len(shown) <= _QUOTE_CHARACTERS else shown[:_QUOTE_CHARACTERS] + '...'}'"


def explain(error: ValidationError) -> str:
    """Which field is wrong, and why, as a sentence."""
    place = _place(error.absolute_path)
    schema: Any = error.schema
    wanted: Any = error.validator_value
    found: Any = error.instance
    if error.validator == "additionalProperties":
        extra = next(key for key in found if key not in schema["properties"])
        return f"There is no field {quote(extra)} in {place or 'this message'}."
    if error.validator == "required":
        missing = next(key for key in wanted if key not in found)
        return f"The field `{f'{place}.' if place else ''}{missing}` is missing."
    reason = _REASONS.get(str(error.validator), _not_allowed)
    return f"The field `{place}` {reason(wanted)}."


def _place(path: Iterable[str | int]) -> str:
    """``options.only[0]``; only names of the schema come here, for an unknown key stops the way down."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _kinds(value: Any) -> str:
    names = [value] if isinstance(value, str) else value
    return "must be " + " or ".join(_KIND[name] for name in names)


def _choice(value: Any) -> str:
    return "must be one of " + ", ".join(str(word) for word in value)


def _not_allowed(_value: Any) -> str:
    return "is not allowed in a message"


_REASONS: dict[str, Callable[[Any], str]] = {
    "const": lambda value: f"must be {value}",
    "enum": _choice,
    "maxItems": lambda value: f"has more than {value} entries",
    "maxLength": lambda value: f"is longer than {value} characters",
    "maximum": lambda value: f"must be at most {value}",
    "minItems": lambda value: f"needs at least {value} of them",
    "minLength": lambda value: f"needs at least {value} character",
    "minimum": lambda value: f"must be at least {value}",
    "pattern": lambda _value: "has a form that is not allowed",
    "type": _kinds,
    "uniqueItems": lambda _value: "names something twice",
}
