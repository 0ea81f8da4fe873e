"""Requests about where things are and how they are: settings, folders on the person's desktop, health."""

from __future__ import annotations

import logging
import os
import platform
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from threadreel import __version__, desktop
from threadreel.engine.engine import Engine
from threadreel.errors import DesktopError, SettingsError
from threadreel.handlers.request import Handler, Request, Result
from threadreel.library.folders import regular_file
from threadreel.places import Places
from threadreel.settings import SettingsFile, defaults
from threadreel.sites.base import Site
from threadreel.sites.registry import SOFTWARE, Registry
from threadreel.states import FILE_ON_DISK


class HomeRequests:
    """``engine`` gives the one engine, making it when a request first needs it."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        places: Places,
        settings: SettingsFile,
        environment: Mapping[str, str],
    ) -> None:
        self._engine, self._places, self._settings, self._environment = engine, places, settings, environment
        self._choosing = threading.Lock()  # held while a folder chooser is open
        self.handlers: Mapping[str, Handler] = {
            "settings.get": self._get_settings,
            "settings.set": self._set_settings,
            "health": self._health,
        }
        #: these wait for the desktop or a person: each call needs a thread of its own
        self.slow_handlers: Mapping[str, Callable[[Request], Result]] = {
            "folder.reveal": self._reveal,
            "file.open": self._open,
            "folder.choose": self._choose,
        }

    def _get_settings(self, _request: Request) -> Result:
        return {
            "settings": self._settings.values,
            "defaults": defaults(),
            "software": list(SOFTWARE),
            "sites": site_views(self._sites()),
        }

    def _sites(self) -> Sequence[Site]:
        """As the engine would have them; what is set can be seen also where no engine can be made."""
        try:
            return Registry(self._settings.values["boards"]).sites
        except SettingsError:
            return Registry().sites

    def _set_settings(self, request: Request) -> Result:
        values = self._engine().change_settings(request["values"])
        logging.getLogger("threadreel").setLevel(values["log_level"].upper())
        return {"settings": values}

    def _health(self, _request: Request) -> Result:
        return {**self._engine().health(), **machine_health(self._download_root())}

    def _reveal(self, request: Request) -> Result:
        directory = self._engine().job(request["job"])["directory"]
        if not directory:
            raise DesktopError("desktop.no_folder", "This job has no folder yet.", "Wait until its thread was read.")
        if "file" in request:
            desktop.reveal_file(self._file(request["job"], request["file"]))
        else:
            desktop.reveal(Path(directory))
        return {"directory": directory}

    def _open(self, request: Request) -> Result:
        desktop.open_media(self._file(request["job"], request["file"]), self._environment)
        return {}

    def _file(self, job_id: str, key: str) -> Path:
        """Where a file of the job is. DesktopError when it is not there; RequestError ``job.unknown``."""
        engine = self._engine()
        name = next((row.name for row in engine.files(job_id) if row.key == key and row.state in FILE_ON_DISK), None)
        path = Path(engine.job(job_id)["directory"]) / name if name else None
        if path is None or regular_file(path) is None:
            raise DesktopError(
                "desktop.no_file", "This file is not in its folder.", "Was it moved? Open the folder and look."
            )
        return path

    def _choose(self, _request: Request) -> Result:
        if not self._choosing.acquire(blocking=False):
            raise DesktopError("desktop.busy", "The folder chooser is open already.", "Look for its window.")
        try:
            chosen = desktop.choose(self._download_root(), self._environment)
        finally:
            self._choosing.release()
        if chosen is None:
            return {"directory": None, "settings": self._settings.values}
        return {"directory": str(chosen), "settings": self._engine().change_settings({"directory": str(chosen)})}

    def _download_root(self) -> Path:
        return Path(self._settings.values["directory"] or self._places.download_root)


def site_views(sites: Iterable[Site]) -> list[dict[str, Any]]:
    """The sites as ``hello`` names them."""
    return [{"name": site.name, "software": site.software, "patterns": list(site.match_patterns)} for site in sites]


def machine_health(root: Path) -> dict[str, Any]:
    """``disk`` and ``versions`` of the health report; ``free_bytes`` of the nearest folder that is there."""
    there = next((folder for folder in (root, *root.parents) if folder.is_dir()), Path(os.sep))
    return {
        "disk": {"directory": str(root), "free_bytes": shutil.disk_usage(there).free},
        "versions": {"threadreel": __version__, "python": platform.python_version(), "platform": platform.platform()},
    }
