"""The user's settings: read, checked against ``settings.schema.json``, changed, kept in one JSON file.

A file that cannot be used is set aside with its reason and the defaults hold: never fatal. A single bad value in an
otherwise good file falls back alone.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import secrets
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from threadreel.errors import DiskError, SettingsError
from threadreel.places import private_folder

Values = dict[str, Any]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@cache
def schema() -> dict[str, Any]:
    """The schema: types, ranges, defaults and a sentence for each setting."""
    text = (resources.files("threadreel") / "settings.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def defaults() -> Values:
    """Every setting at its default."""
    return {name: rule["default"] for name, rule in schema()["properties"].items()}


def check(values: Mapping[str, Any]) -> None:
    """Raise SettingsError ``settings.invalid`` naming the first setting that is unknown or out of range."""
    for name, value in values.items():
        problem = _problem(name, value)
        if problem:
            known = f" {name}" if name in schema()["properties"] else ""
            raise SettingsError("settings.invalid", problem, f"`threadreel settings{known}` shows what is set.")


def _problem(name: str, value: object) -> str:
    rule = schema()["properties"].get(name)
    if rule is None:
        return f"There is no setting {_short(name)}; there are {', '.join(schema()['properties'])}."
    error = None if is_surely_valid(rule, value) else next(iter(_validator(name).iter_errors(value)), None)
    if error is not None:
        place = "".join(f"[{part!r}]" for part in error.absolute_path)
        return f"{name}{place} cannot be {_short(error.instance)}: {error.schema.get('description') or rule['description']}"
    why = _unusable(name, value)
    return f"{name} cannot be {_short(value)}: {why}" if why else ""


def _unusable(name: str, value: object) -> str:
    """What no schema can say against a value; empty when there is nothing."""
    if isinstance(value, float) and math.isnan(value):
        return "it is not a number."
    if _LONE_SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        return "it holds characters that are not text."
    if name == "directory" and isinstance(value, str) and (not Path(value).is_absolute() or "\0" in value):
        return "it must be a whole path; one that is relative would be another folder in every process."
    return ""


def _as_typed(name: str, value: Any) -> Any:
    """A whole number where the schema, to which 6.0 is an integer too, wants one."""
    return int(value) if schema()["properties"][name].get("type") == "integer" else value


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
#: for the keywords of the schema that an ordinary value is seen to keep at a glance
_CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "description": lambda *_: True,
    "default": lambda *_: True,
    "type": lambda names, value: (
        type(value) in [each for name in ([names] if isinstance(names, str) else names) for each in _TYPES[name]]
    ),
    "enum": lambda values, value: isinstance(value, str) and value in values,
    "minimum": lambda least, value: not isinstance(value, int | float) or value >= least,
    "maximum": lambda most, value: not isinstance(value, int | float) or value <= most,
    "minLength": lambda least, value: not isinstance(value, str) or len(value) >= least,
    "maxLength": lambda most, value: not isinstance(value, str) or len(value) <= most,
    "pattern": lambda pattern, value: not isinstance(value, str) or re.search(pattern, value) is not None,
    "uniqueItems": lambda _, value: isinstance(value, list) and len({str(each) for each in value}) == len(value),
    "properties": lambda rules, value: (
        isinstance(value, dict)
        and all(name in rules and is_surely_valid(rules[name], each) for name, each in value.items())
    ),
    "required": lambda names, value: isinstance(value, dict) and all(name in value for name in names),
    "maxItems": lambda most, value: not isinstance(value, list) or len(value) <= most,
    "items": lambda rule, value: not isinstance(value, list) or all(is_surely_valid(rule, each) for each in value),
}


def is_surely_valid(rule: Mapping[str, Any], value: object) -> bool:
    """Whether the value keeps every keyword of the rule; False also where that cannot be told.

    Nearly every value of a settings file is valid, and jsonschema, which alone refuses one, takes 40 ms to import.
    """
    # what names its properties takes no others
    keywords = rule.keys() - {"additionalProperties"} if "properties" in rule else rule.keys()
    return all(keyword in _CHECKS and _CHECKS[keyword](rule[keyword], value) for keyword in keywords)


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator  # 50 ms: only when a value is checked

    return Draft202012Validator(schema()["properties"][name])


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


class SettingsFile:
    """The one owner of the settings file. ``values`` is always whole and valid; ``warnings`` says what was set aside."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []
        self.values: Values = {**defaults(), **self._load()}

    def change(self, changes: Mapping[str, Any]) -> Values:
        """Check and keep ``changes``, all of them or none, beside what other processes changed. Raises SettingsError, DiskError."""
        check(changes)
        typed = {name: _as_typed(name, value) for name, value in changes.items()}
        values = {**self.values, **self._load(), **typed}
        fresh = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}.new")
        try:
            private_folder(self.path.parent)
            fresh.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")
            fresh.replace(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise DiskError(
                "disk.denied",
                f"The settings could not be kept in {self.path}: {error.strerror or error}.",
                "Is the disk full?",
            ) from error
        self.values = values
        return values

    def _load(self) -> Values:
        """The file's good values. One that cannot be opened now may be whole: it stays; one that makes no sense is set aside."""
        try:
            found = json.loads(self.path.read_text("utf-8-sig"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            self.warnings.append(f"The settings in {self.path} could not be read ({error}); defaults hold.")
            return {}
        except (ValueError, RecursionError) as error:
            self._set_aside(str(error))
            return {}
        if not isinstance(found, dict):
            self._set_aside("it holds no JSON object")
            return {}
        good: Values = {}
        for name, value in found.items():
            problem = _problem(name, value)
            if problem:
                self.warnings.append(f"{self.path}: {problem} The default is used.")
            else:
                good[name] = _as_typed(name, value)
        return good

    def _set_aside(self, reason: str) -> None:
        aside = self.path.with_name(self.path.name + ".broken")
        try:
            self.path.replace(aside)
            self.warnings.append(
                f"The settings could not be read ({reason}); they were moved to {aside}, defaults hold."
            )
        except OSError:
            self.warnings.append(f"The settings in {self.path} could not be read ({reason}); defaults hold.")
