"""Whether a browser is here, and where its manifests may go."""

from __future__ import annotations

from pathlib import Path

from setup_fakes import fake_machine, registry_of, row, start_browser_once

from threadreel.setup.machine import System
from threadreel.setup.presence import find_browser
from threadreel.setup.rows import resolve


def test_a_browser_is_here_when_its_data_folder_is(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    assert not find_browser(row("vivaldi"), machine).here
    start_browser_once(machine, "vivaldi")
    assert find_browser(row("vivaldi"), machine).here


def test_an_empty_data_folder_counts(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    resolve("{chromium}/chromium", machine).mkdir(parents=True)
    assert find_browser(row("chromium"), machine).here


def test_a_data_folder_that_only_holds_manifests_does_not_count(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    resolve("{chromium}/chromium/NativeMessagingHosts", machine).mkdir(parents=True)
    assert not find_browser(row("chromium"), machine).here


def test_a_file_in_place_of_the_data_folder_is_no_browser(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    (machine.home / ".librewolf").write_text("")
    presence = find_browser(row("librewolf"), machine)
    assert not presence.here
    assert presence.folders == (machine.home / ".mozilla/native-messaging-hosts",)


def test_firefox_is_found_in_its_old_and_its_new_place(tmp_path: Path) -> None:
    for name, folder in (("old", ".mozilla/firefox"), ("new", ".config/mozilla/firefox")):
        machine = fake_machine(tmp_path / name)
        (machine.home / folder / "p.default").mkdir(parents=True)
        presence = find_browser(row("firefox"), machine)
        assert presence.here
        assert presence.folders == (machine.home / ".mozilla/native-messaging-hosts",)


def test_a_forks_own_folder_is_used_only_where_it_is_already(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    (machine.home / ".config/librewolf/p").mkdir(parents=True)
    assert find_browser(row("librewolf"), machine).folders == (machine.home / ".mozilla/native-messaging-hosts",)
    (machine.home / ".librewolf").mkdir()
    assert find_browser(row("librewolf"), machine).folders == (
        machine.home / ".mozilla/native-messaging-hosts",
        machine.home / ".librewolf/native-messaging-hosts",
    )


def test_a_snap_firefox_can_start_a_host_and_a_snap_chromium_cannot(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    (machine.home / "snap/firefox").mkdir(parents=True)
    (machine.home / "snap/chromium").mkdir(parents=True)
    firefox, chromium = find_browser(row("firefox"), machine), find_browser(row("chromium"), machine)
    assert firefox.here
    assert not chromium.here
    assert [each.kind for each in (*firefox.sandboxes, *chromium.sandboxes)] == ["snap", "snap"]


def test_a_flatpak_is_found_on_linux_only(tmp_path: Path) -> None:
    for system, found in ((System.LINUX, 1), (System.MACOS, 0)):
        machine = fake_machine(tmp_path / system, system)
        (machine.home / ".var/app/com.brave.Browser").mkdir(parents=True)
        presence = find_browser(row("brave"), machine)
        assert not presence.here
        assert len(presence.sandboxes) == found


def test_on_windows_the_browsers_own_key_is_enough(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, System.WINDOWS)
    registry_of(machine).make("Software\\Google\\Chrome\\NativeMessagingHosts")
    assert not find_browser(row("chrome"), machine).here
    registry_of(machine).make("Software\\Google\\Chrome\\BLBeacon")
    assert find_browser(row("chrome"), machine).here


def test_a_browser_that_a_system_does_not_know_is_said_to_be_unknown(tmp_path: Path) -> None:
    assert not find_browser(row("ungoogled-chromium"), fake_machine(tmp_path, System.WINDOWS)).known
