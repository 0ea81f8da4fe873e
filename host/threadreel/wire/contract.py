"""What every message must look like: the JSON Schemas of ``schemas/``, read on first use, and the checks against them.

The session checks each request before anything else looks at it; replies and events are checked by the tests and the
doctor. A new request type is one entry in ``requests.json`` and, under the same name, its result in ``results.json``.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from threadreel.errors import RequestError, ThreadreelError
from threadreel.wire.explain import explain, quote

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from jsonschema.protocols import Validator
    from referencing import Registry

PROTOCOL = 1
#: ``browser`` of a hello that only asks whether the host answers: no unfinished job is taken up for it
DOCTOR = "threadreel doctor"
MAX_ID = 2**53 - 1  #: the largest whole number that JavaScript holds exactly
_HINT = "Update the extension and the host to the same version."


class ContractError(ThreadreelError):
    """A reply or an event that is not what the contract says: code ``protocol.broken``."""

    def __init__(self, message: str) -> None:
        super().__init__("protocol.broken", message, _HINT)


def request_types() -> tuple[str, ...]:
    """Every request the contract knows, in its order."""
    return tuple(_definitions("requests.json"))


def readable_id(message: object) -> int | None:
    """The id a reply can name in ``re``; None when the message has none that can be read."""
    if not isinstance(message, dict):
        return None
    found = message.get("id")
    return found if type(found) is int and 0 <= found <= MAX_ID else None


def check_request(message: object) -> None:
    """Return when ``message``, fresh from ``decode``, is a request as the contract describes it.

    Raises RequestError: ``request.unreadable`` when it is not an object, ``request.unknown`` for a type that is not in
    the contract, ``request.invalid`` with the field and the reason otherwise. At most 40 characters of it are quoted.
    """
    if not isinstance(message, dict):
        raise RequestError("request.unreadable", "The message is not an object.", _HINT)
    kind = message.get("type")
    if not isinstance(kind, str):
        raise RequestError("request.invalid", "The field `type` is missing or not text.", _HINT)
    if kind not in _definitions("requests.json"):
        raise RequestError("request.unknown", f"There is no request {quote(kind)}.", _HINT)
    problem = _problem("requests.json", kind, message) or _broken_text(message)
    if problem:
        raise RequestError("request.invalid", problem, _HINT)


def check_reply(message: object, request_type: str | None = None) -> None:
    """Raise ContractError unless ``message`` is a reply, and its result that of ``request_type`` when one is named."""
    kind = "error" if isinstance(message, dict) and message.get("type") == "error" else "ok"
    problem = _problem("replies.json", kind, message)
    if problem is None and request_type is not None and kind == "ok" and isinstance(message, dict):
        problem = _problem("results.json", request_type, message["result"])
    if problem:
        raise ContractError(problem)


def check_event(message: object) -> None:
    """Raise ContractError unless ``message`` is an event of the contract."""
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in _definitions("events.json"):
        raise ContractError("This is not an event of the contract.")
    problem = _problem("events.json", kind, message)
    if problem:
        raise ContractError(problem)


def _problem(document: str, name: str, message: Any) -> str | None:
    try:
        error = next(iter(_validator(document, name).iter_errors(message)), None)
    except RecursionError:  # jsonschema compares and prints what it is given, however deep
        return "The message is nested too deeply."
    return None if error is None else explain(error)


def _broken_text(message: dict[str, Any]) -> str | None:
    """JSON may escape half a surrogate pair; neither a database nor a log nor a URL could take such text.

    Text by text: to write half a megabyte of a file as JSON once more takes longer than everything else about it.
    """
    left: list[Any] = [message]
    try:
        while left:
            value = left.pop()
            if isinstance(value, str):
                value.encode("utf-8")
            elif isinstance(value, dict):
                left += value.keys()
                left += value.values()
            elif isinstance(value, list):
                left += value
    except UnicodeEncodeError:
        return "A text in the message is not valid Unicode."
    return None


@cache
def _documents() -> dict[str, dict[str, Any]]:
    package = resources.files("threadreel")
    folder = package / "wire" / "schemas"
    files: list[Traversable] = [package / "settings.schema.json", *folder.iterdir()]
    return {file.name: json.loads(file.read_text("utf-8")) for file in files if file.name.endswith(".json")}


def _definitions(document: str) -> dict[str, Any]:
    found: dict[str, Any] = _documents()[document]["$defs"]
    return found


@cache
def _registry() -> Registry[Any]:
    from referencing import Registry

    return Registry().with_contents((document["$id"], document) for document in _documents().values())


@cache
def _validator(document: str, name: str) -> Validator:
    from jsonschema import Draft202012Validator  # 50 ms: not before the first message
    from jsonschema.validators import extend

    # JSON Schema calls 7.0 an integer; a float must not reach code that counts with it
    whole = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    strict: type[Validator] = extend(Draft202012Validator, type_checker=whole)  # type: ignore[no-untyped-call]
    schema = {"$ref": f"{_documents()[document]['$id']}#/$defs/{name}"}
    return strict(schema, registry=_registry())
