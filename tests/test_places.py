"""Where things are: the platform's folders, or one folder for everything."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from threadreel.places import find_places, private_folder


def test_one_folder_can_hold_everything(tmp_path: Path) -> None:
    places = find_places({"THREADREEL_HOME": str(tmp_path / "home")})
    assert places.settings_file == tmp_path / "home" / "settings.json"
    assert places.ledger_file == tmp_path / "home" / "ledger.sqlite3"
    assert places.lock_folder == tmp_path / "home" / "owners"
    assert places.log_folder == tmp_path / "home" / "logs"
    assert places.download_root == tmp_path / "home" / "downloads"
    assert list(tmp_path.iterdir()) == []


def test_a_relative_home_is_below_where_we_are_and_stays_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    places = find_places({"THREADREEL_HOME": "portable"})
    monkeypatch.chdir("/")
    assert places.settings_file == tmp_path / "portable" / "settings.json"


def test_a_home_below_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_places({"THREADREEL_HOME": "~/reel"}).download_root == tmp_path / "reel" / "downloads"


@pytest.mark.parametrize("environment", [{}, {"THREADREEL_HOME": ""}])
def test_otherwise_each_thing_is_where_the_platform_keeps_such_things(environment: dict[str, str]) -> None:
    places = find_places(environment)
    assert places.download_root == platformdirs.user_downloads_path()
    parts = {places.settings_file.parent, places.ledger_file.parent, places.log_folder}
    assert all("threadreel" in path.parts for path in parts)
    assert places.download_root not in {parent for path in parts for parent in path.parents}
    assert all(path.is_absolute() for path in parts)


def test_a_private_folder_is_for_nobody_else(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "a" / "b")
    assert folder == tmp_path / "a" / "b"
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    assert private_folder(folder).stat().st_mode & 0o777 == 0o755  # the user's own choice stays
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        private_folder(tmp_path / "file" / "below")
