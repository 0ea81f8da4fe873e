"""Doing what other processes ask of the jobs that live here."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from threadreel.engine.lifecycle.controls import Controls
from threadreel.engine.lifecycle.dispatch import ADD, AGAIN, WATCH, Again
from threadreel.engine.lifecycle.starting import Starting
from threadreel.errors import ThreadreelError
from threadreel.library.command_table import HAND_BACK, Command

log = logging.getLogger(__name__)


class CommandRunner:
    """Does what a command says. ``hand_back`` is called when this process shall give up its jobs."""

    def __init__(self, controls: Controls, starting: Starting) -> None:
        self.hand_back: Callable[[], None] = _nothing
        self._actions: Mapping[str, Callable[[dict[str, Any]], object]] = {
            **{action: _control(controls, action) for action in ("pause", "resume", "cancel", "retry", "priority")},
            WATCH: lambda asked: controls.set_watching(asked["job"], asked["watch"]),
            AGAIN: lambda asked: starting.ask_again(asked["job"], _again(asked)),
            ADD: lambda asked: starting.add(asked["job"], asked["urls"], asked["options"]),
            HAND_BACK: lambda _: self.hand_back(),
        }

    def obey(self, command: Command) -> None:
        """It is done, or said in the log why not."""
        log.info("another process asks of %s: %s %s", command.addressee, command.action, command.argument)
        act = self._actions.get(command.action)
        try:
            if act is not None:  # else it was asked by a later version
                act(command.argument)
        except (ThreadreelError, sqlite3.Error) as error:
            log.warning("%s was not obeyed: %s", command.action, error)


def _control(controls: Controls, action: str) -> Callable[[dict[str, Any]], object]:
    return lambda asked: controls.control(action, asked["job"], asked["priority"], asked["file"])


def _again(asked: dict[str, Any]) -> Again:
    return {"priority": asked["priority"], "watch": asked["watch"], "files": asked["files"]}


def _nothing() -> None:
    """Nobody asks for anything."""
