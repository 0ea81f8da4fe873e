"""Install and uninstall on fake machines of all three systems."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from setup_fakes import fake_machine, registry_of, row, snapshot, start_browser_once

from threadreel.errors import SetupError
from threadreel.setup.browsers import BROWSERS, MANIFEST_NAME
from threadreel.setup.installer import Outcome, Result, apply, prepare_install
from threadreel.setup.locations import extension_folder
from threadreel.setup.machine import Machine, System
from threadreel.setup.manifests import allowed_entries, own_ids
from threadreel.setup.plan import Selection, SetValue, WriteFile
from threadreel.setup.rows import Family, resolve
from threadreel.setup.uninstaller import uninstall

ALL = Selection()


def install(machine: Machine, selection: Selection = ALL, **environment: str) -> dict[str, Outcome]:
    outcomes = apply(prepare_install(machine, selection, environment), machine)
    return {outcome.title: outcome for outcome in outcomes}


def start_everything(machine: Machine) -> None:
    for browser in BROWSERS:
        if machine.system in browser.places:
            start_browser_once(machine, browser.name)


def manifests_of(machine: Machine) -> list[Path]:
    return sorted(machine.home.rglob(MANIFEST_NAME))


def state(machine: Machine) -> object:
    registry = registry_of(machine).state() if machine.registry else None
    return snapshot(machine.home), registry


@pytest.mark.parametrize("system", System)
@pytest.mark.parametrize("script", [True, False], ids=["console script", "launcher"])
def test_uninstall_leaves_the_machine_as_it_was(system: System, script: bool, tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, system, script=script)
    start_everything(machine)
    before = state(machine)
    outcomes = install(machine)
    assert {each.result for each in outcomes.values()} == {Result.REGISTERED, Result.SKIPPED, Result.UNCHANGED}
    assert state(machine) != before
    uninstall(machine, ALL)
    assert state(machine) == before


@pytest.mark.parametrize("system", System)
def test_uninstall_finds_what_was_installed_for_browsers_by_name(system: System, tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, system)
    before = state(machine)
    install(machine, Selection(names=tuple(browser.name for browser in BROWSERS)))
    uninstall(machine, ALL)
    assert state(machine) == before


@pytest.mark.parametrize("system", System)
def test_a_second_install_changes_nothing(system: System, tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, system, script=False)
    start_everything(machine)
    install(machine)
    first = state(machine)
    again = install(machine)
    assert state(machine) == first
    assert {each.result for each in again.values()} <= {Result.UNCHANGED, Result.SKIPPED}


@pytest.mark.parametrize("system", System)
def test_every_manifest_is_complete(system: System, tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, system)
    start_everything(machine)
    install(machine)
    ids = own_ids(extension_folder())
    families = set()
    for path in manifests_of(machine):
        manifest = json.loads(path.read_text("ascii"))
        family = Family.CHROMIUM if "allowed_origins" in manifest else Family.FIREFOX
        families.add(family)
        listed = manifest["allowed_origins" if family is Family.CHROMIUM else "allowed_extensions"]
        assert listed == allowed_entries(family, ids)
        assert Path(manifest["path"]).is_file()
        assert path.stat().st_mode & 0o777 == 0o644
    assert families == set(Family)


def test_only_browsers_that_are_here_are_registered(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    start_browser_once(machine, "chromium")
    outcomes = install(machine)
    assert manifests_of(machine) == [machine.home / ".config/chromium/NativeMessagingHosts" / MANIFEST_NAME]
    assert outcomes["Chromium"].result is Result.REGISTERED
    assert str(machine.home / ".config/chromium/NativeMessagingHosts") in outcomes["Chromium"].sentence
    assert outcomes["Firefox"] == Outcome("Firefox", Result.SKIPPED, "not here")


def test_no_browser_means_nothing_is_written(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, script=False)
    install(machine)
    assert snapshot(machine.home) == {}


def test_a_browser_by_name_needs_not_be_here(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    start_browser_once(machine, "chromium")
    outcomes = install(machine, Selection(names=("firefox",)))
    assert list(outcomes) == ["Firefox"]
    assert manifests_of(machine) == [machine.home / ".mozilla/native-messaging-hosts" / MANIFEST_NAME]


def test_a_browser_that_was_registered_is_found_by_the_next_install(tmp_path: Path) -> None:
    """Also one that was never started: nothing is in its folder but our manifest."""
    machine = fake_machine(tmp_path)
    install(machine, Selection(names=("chrome",)))
    assert install(machine)["Chrome"].result is Result.UNCHANGED


def test_a_browser_unknown_to_the_system_is_skipped_even_by_name(tmp_path: Path) -> None:
    outcomes = install(fake_machine(tmp_path, System.MACOS), Selection(names=("ungoogled-chromium",)))
    assert outcomes["Ungoogled Chromium"].result is Result.SKIPPED


def test_a_manifest_folder_takes_the_place_of_the_tables(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    start_browser_once(machine, "chromium")
    before = state(machine)
    folder = machine.home / "profile" / "NativeMessagingHosts"
    install(machine, Selection(names=("chromium",), manifest_folder=folder))
    assert manifests_of(machine) == [folder / MANIFEST_NAME]
    uninstall(machine, ALL)
    assert state(machine) == before


def test_a_manifest_folder_can_be_uninstalled_alone(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    start_browser_once(machine, "chromium")
    folder = machine.home / "profile"
    install(machine)
    kept = manifests_of(machine)
    install(machine, Selection(names=("chromium",), manifest_folder=folder))
    uninstall(machine, Selection(names=("chromium",), manifest_folder=folder))
    assert manifests_of(machine) == kept


def test_a_manifest_folder_on_windows_holds_the_file_that_the_registry_names(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, System.WINDOWS)
    before = state(machine)
    install(machine, Selection(names=("edge",), manifest_folder=machine.home / "portable"))
    file = machine.home / "portable" / MANIFEST_NAME
    assert list(registry_of(machine).values.values()) == [str(file)]
    uninstall(machine, ALL)
    assert state(machine) == before


@pytest.mark.parametrize("names", [(), ("chrome", "firefox")])
def test_a_manifest_folder_of_no_or_two_families_is_refused(names: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(SetupError) as caught:
        prepare_install(fake_machine(tmp_path), Selection(names=names, manifest_folder=tmp_path))
    assert caught.value.code == "setup.manifest_folder"


def test_further_extension_ids_are_listed(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    install(machine, Selection(names=("chrome",), extension_ids=("p" * 32,)))
    [path] = manifests_of(machine)
    assert f"chrome-extension://{'p' * 32}/" in json.loads(path.read_text())["allowed_origins"]


def test_the_plan_shows_everything_and_writes_nothing(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, System.WINDOWS, script=False)
    start_browser_once(machine, "opera")
    before = state(machine)
    plan = prepare_install(machine, ALL)
    assert state(machine) == before
    [opera] = [each for each in plan.browsers if each.steps]
    shared = [step.path.relative_to(machine.launcher_folder).as_posix() for step in plan.shared]
    assert shared == ["threadreel-host.bat", f"chromium/{MANIFEST_NAME}"]
    assert [type(step) for step in opera.steps] == [SetValue, SetValue]
    apply(plan, machine)
    for step in (*plan.shared, *opera.steps):
        if isinstance(step, WriteFile):
            assert step.path.read_bytes() == step.content
        else:
            assert registry_of(machine).values[step.key] == step.value


def test_brave_on_macos_is_registered_in_chromes_folder_too(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, System.MACOS)
    start_browser_once(machine, "brave")
    install(machine)
    support = machine.home / "Library/Application Support"
    assert manifests_of(machine) == [
        support / "BraveSoftware/Brave-Browser/NativeMessagingHosts" / MANIFEST_NAME,
        support / "Google/Chrome/NativeMessagingHosts" / MANIFEST_NAME,
    ]


def test_threadreel_home_goes_into_a_launcher_below_it(tmp_path: Path) -> None:
    home = tmp_path / "portable"
    machine = fake_machine(tmp_path, environment={"THREADREEL_HOME": str(home)})
    machine = dataclasses.replace(
        machine, places=dataclasses.replace(machine.places, ledger_file=home / "ledger.sqlite3")
    )
    install(machine, Selection(names=("firefox",)))
    launcher = home / "launcher" / "threadreel-host.sh"
    assert f"export THREADREEL_HOME={home}" in launcher.read_text()
    [path] = manifests_of(machine)
    assert json.loads(path.read_text())["path"] == str(launcher)


def test_a_launcher_of_another_home_is_removed_with_its_manifest(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    other = dataclasses.replace(
        machine,
        environment={"THREADREEL_HOME": str(tmp_path / "portable")},
        places=dataclasses.replace(machine.places, ledger_file=tmp_path / "portable" / "ledger.sqlite3"),
    )
    before = snapshot(tmp_path)
    install(other, Selection(names=("firefox",)))
    uninstall(machine, ALL)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("system", [System.LINUX, System.WINDOWS])
def test_one_browser_that_refuses_does_not_stop_the_others(system: System, tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, system)
    start_browser_once(machine, "vivaldi")
    start_browser_once(machine, "firefox")
    if system is System.WINDOWS:
        registry_of(machine).denied.add("Software\\Google")
    else:
        (machine.home / ".config/vivaldi/NativeMessagingHosts").write_text("a file in the way")
    outcomes = install(machine)
    assert outcomes["Vivaldi"].result is Result.FAILED
    assert "cannot be written: " in outcomes["Vivaldi"].sentence
    assert outcomes["Firefox"].result is Result.REGISTERED


def test_a_launcher_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, script=False)
    start_browser_once(machine, "firefox")
    (machine.home / "our data").write_text("a file in the way")
    with pytest.raises(SetupError) as caught:
        install(machine)
    assert caught.value.code == "setup.denied"
    assert manifests_of(machine) == []


def test_a_manifest_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    folder = machine.home / ".mozilla/native-messaging-hosts"
    folder.mkdir(parents=True)
    (folder / "org.example.other.json").write_text('{"name": "org.example.other"}')
    (folder / MANIFEST_NAME).write_text('{"name": "org.example.other"}')
    before = snapshot(machine.home)
    [outcome] = uninstall(machine, Selection(names=("firefox",)))
    assert outcome.result is Result.KEPT
    assert snapshot(machine.home) == before


def test_a_folder_that_a_browser_filled_meanwhile_stays(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    install(machine, Selection(names=("firefox",)))
    (machine.home / ".mozilla/firefox").mkdir()
    uninstall(machine, ALL)
    assert sorted(snapshot(machine.home)) == [".mozilla", ".mozilla/firefox"]


def test_an_empty_folder_that_was_there_before_stays(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    (machine.home / ".mozilla/native-messaging-hosts").mkdir(parents=True)
    before = snapshot(machine.home)
    install(machine, Selection(names=("firefox",)))
    uninstall(machine, ALL)
    assert snapshot(machine.home) == before


def test_a_manifest_is_found_after_the_config_folder_moved(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, environment={"XDG_CONFIG_HOME": str(tmp_path / "home" / "moved")})
    before = snapshot(machine.home)
    install(machine, Selection(names=("chromium",)))
    uninstall(dataclasses.replace(machine, environment={}), ALL)
    assert snapshot(machine.home) == before


@pytest.mark.parametrize("content", ["", "[]", '{"folders": 5}', '{"folders": [1], "keys": [], "manifests": []}'])
def test_a_broken_receipt_does_not_keep_the_manifests(content: str, tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    install(machine, Selection(names=("firefox",)))
    (machine.launcher_folder / "installed.json").write_text(content)
    uninstall(machine, ALL)
    assert [path for path in machine.home.rglob("*") if path.is_file()] == []


def test_uninstalling_one_browser_keeps_what_others_need(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, script=False)
    install(machine, Selection(names=("chromium", "firefox")))
    uninstall(machine, Selection(names=("firefox",)))
    assert [path.name for path in manifests_of(machine)] == [MANIFEST_NAME]
    assert (machine.launcher_folder / "threadreel-host.sh").is_file()
    assert not (machine.home / ".mozilla").exists()
    uninstall(machine, ALL)
    assert snapshot(machine.home) == {}


def test_uninstalling_one_browser_on_windows_keeps_the_file_that_others_need(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, System.WINDOWS)
    install(machine, Selection(names=("edge", "chrome", "firefox")))
    uninstall(machine, Selection(names=("edge", "firefox")))
    assert [path.parent.name for path in manifests_of(machine)] == ["chromium"]
    uninstall(machine, Selection(names=("chrome",)))
    assert state(machine) == ({}, (frozenset(), {}))


def test_uninstall_says_what_it_could_not_remove(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, System.WINDOWS)
    install(machine, Selection(names=("edge", "firefox")))
    registry_of(machine).denied.add("Software\\Mozilla")
    results = {outcome.title: outcome.result for outcome in uninstall(machine, ALL)}
    assert results["Firefox"] is Result.FAILED
    assert results["Edge"] is Result.REMOVED


def test_uninstall_on_a_clean_machine_has_nothing_to_say(tmp_path: Path) -> None:
    assert uninstall(fake_machine(tmp_path), ALL) == []


def test_an_older_registration_is_brought_up_to_date(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    start_browser_once(machine, "firefox")
    path = resolve(row("firefox").places[System.LINUX].manifests[0], machine) / MANIFEST_NAME
    path.parent.mkdir(parents=True)
    path.write_text('{"name": "io.github.threadreel.host", "path": "/gone"}')
    path.chmod(0o600)
    assert install(machine)["Firefox"].result is Result.REGISTERED
    assert json.loads(path.read_text())["path"] == str(machine.python.parent / "threadreel-host")
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in path.parent.iterdir()] == [MANIFEST_NAME]
