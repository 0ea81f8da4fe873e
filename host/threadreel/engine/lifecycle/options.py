"""What may be chosen for a job, and what the settings and the kind of page choose where nobody does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadreel.engine.jobs.tally import BOARD_KINDS
from threadreel.engine.planning.filters import Filter
from threadreel.engine.watching.following import read_follow
from threadreel.library.templates import FolderTemplate, NameTemplate
from threadreel.sites.base import PageKind


@dataclass(frozen=True, slots=True)
class Options:
    """``only`` kinds (empty: all), templates, ``filter`` text, priority (empty: by the kind of page) and the download root.

    ``watch`` None: as it is, which for a new job is not. ``follow`` is ``following.read_follow``'s, None for no following.
    ``parent`` is the living board job that threads are added to. ``files`` are the keys of the attachments chosen one by one
    (empty: all of them).
    """

    root: Path
    only: tuple[str, ...]
    name_template: str
    folder_template: str
    priority: str = ""
    filter: str = ""
    watch: bool | None = None
    follow: dict[str, Any] | None = None
    parent: str | None = None
    files: tuple[str, ...] = ()

    def priority_for(self, kind: PageKind) -> str:
        """The priority chosen, or that of such a page: a picture somebody clicked comes first, what is watched last."""
        if self.priority:
            return self.priority
        if kind is PageKind.FILE:
            return "critical"
        if kind in BOARD_KINDS:
            return "low"
        return "background" if self.watch else "normal"

    def as_json(self) -> dict[str, Any]:
        """What a job's row keeps of them."""
        kept: dict[str, Any] = {
            "only": list(self.only),
            "name": self.name_template,
            "folder": self.folder_template,
            "filter": self.filter,
        }
        if self.files:
            kept["files"] = list(self.files)
        return {**kept, "follow": self.follow} if self.follow else kept

    def as_asked(self) -> dict[str, Any]:
        """What another process is told of them, see ``read_asked``."""
        return {**self.as_json(), "priority": self.priority, "watch": self.watch}


def read_asked(asked: Mapping[str, Any], root: Path) -> Options:
    """The options that another process was told, for a job below this root."""
    return Options(
        root=root,
        only=tuple(asked["only"]),
        name_template=asked["name"],
        folder_template=asked["folder"],
        priority=asked["priority"],
        filter=asked["filter"],
        watch=asked["watch"],
        follow=asked.get("follow"),
        files=tuple(asked.get("files", ())),
    )


def choose(settings: Mapping[str, Any], download_root: Path, chosen: Mapping[str, Any]) -> Options:
    """The settings' options with those chosen, where they are not None. Raises TemplateError, FilterError, RequestError."""

    def choice(name: str, setting: object) -> Any:
        found = chosen.get(name)
        return setting if found is None else found

    follow = chosen.get("follow")
    return Options(
        root=Path(choice("root", settings["directory"] or download_root)),
        only=tuple(choice("only", settings["only"])),
        name_template=NameTemplate(choice("name", settings["name_template"])).text,
        folder_template=FolderTemplate(choice("folder", settings["folder_template"])).text,
        priority=choice("priority", ""),
        filter=Filter(choice("filter", settings.get("filter", ""))).text,
        watch=chosen.get("watch"),
        follow=read_follow(follow) if follow is not None else None,
        parent=chosen.get("parent"),
        files=tuple(chosen.get("files") or ()),
    )
