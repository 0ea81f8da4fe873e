"""Where settings, ledger, logs and downloads are on this machine.

Each platform's own folders (platformdirs), or all of them below ``THREADREEL_HOME``: portable use, and tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: the folder below the download root that is ours
TREE = "Threadreel"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one installation. Nothing is created here: who writes, creates."""

    settings_file: Path
    ledger_file: Path
    log_folder: Path
    download_root: Path

    @property
    def lock_folder(self) -> Path:
        """Where each process that owns jobs keeps its lock file: beside the ledger."""
        return self.ledger_file.parent / "owners"


def find_places(environment: Mapping[str, str]) -> Places:
    """The places for this environment: below ``THREADREEL_HOME`` if it is set, else the platform's."""
    home = environment.get("THREADREEL_HOME", "")
    if home:
        base = Path(home).expanduser().absolute()
        return Places(base / "settings.json", base / "ledger.sqlite3", base / "logs", base / "downloads")
    import platformdirs  # 20 ms that portable use does not need

    data = platformdirs.user_data_path("threadreel", appauthor=False)
    return Places(
        settings_file=platformdirs.user_config_path("threadreel", appauthor=False) / "settings.json",
        ledger_file=data / "ledger.sqlite3",
        log_folder=platformdirs.user_log_path("threadreel", appauthor=False),
        download_root=platformdirs.user_downloads_path(),
    )


def private_folder(folder: Path) -> Path:
    """``folder``, created if need be, for this user's eyes only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
