"""The table of browsers itself."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest
from setup_fakes import fake_machine, row

from threadreel.errors import SetupError
from threadreel.setup import browsers
from threadreel.setup.browsers import BROWSERS, select_browsers
from threadreel.setup.machine import Machine, System
from threadreel.setup.rows import Browser, Family, resolve

PLACES = [
    pytest.param(browser, system, id=f"{browser.name}-{system}") for browser in BROWSERS for system in browser.places
]


@pytest.mark.parametrize(("browser", "system"), PLACES)
def test_every_folder_is_absolute_and_below_the_home(browser: Browser, system: System, tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, system)
    place = browser.places[system]
    for folder in (*place.data, *place.manifests, *place.own_manifests):
        assert resolve(folder, machine).is_relative_to(machine.home)


@pytest.mark.parametrize(("browser", "system"), PLACES)
def test_every_row_has_a_probe_and_a_place_for_its_manifest(browser: Browser, system: System) -> None:
    place = browser.places[system]
    assert place.data
    if system is System.WINDOWS:
        assert place.keys
        assert not place.manifests
    else:
        assert place.manifests
        assert not place.keys


@pytest.mark.parametrize(("browser", "system"), PLACES)
def test_manifest_places_end_as_the_family_wants(browser: Browser, system: System) -> None:
    place = browser.places[system]
    lower_case = browser.family is Family.FIREFOX and system is System.LINUX
    wanted = "native-messaging-hosts" if lower_case else "NativeMessagingHosts"
    assert {PurePath(folder).name for folder in (*place.manifests, *place.own_manifests)} <= {wanted}
    for key in place.keys:
        assert key.startswith("Software\\")
        assert key.endswith("\\NativeMessagingHosts")


@pytest.mark.parametrize("browser", [each for each in BROWSERS if each.family is Family.CHROMIUM], ids=lambda b: b.name)
def test_a_chromium_looks_below_its_own_data_folder(browser: Browser) -> None:
    for system in browser.places.keys() - {System.WINDOWS}:
        place = browser.places[system]
        assert place.manifests[0] == f"{place.data[0]}/NativeMessagingHosts"


def test_the_promised_browsers_are_there_on_all_three_systems() -> None:
    promised = "chrome chromium edge brave vivaldi opera firefox librewolf waterfox zen floorp"
    for name in promised.split():
        assert set(row(name).places) == set(System)


def test_names_and_titles_are_unique() -> None:
    assert len({browser.name for browser in BROWSERS}) == len(BROWSERS)
    assert len({browser.title for browser in BROWSERS}) == len(BROWSERS)


def test_sandboxes_say_their_limit_in_one_sentence() -> None:
    for browser in BROWSERS:
        for sandbox in browser.sandboxes:
            assert sandbox.limit.startswith(f"{browser.title} as a {sandbox.kind}")
            assert "\n" not in sandbox.limit


def test_known_directories(tmp_path: Path) -> None:
    linux, macos = fake_machine(tmp_path / "l"), fake_machine(tmp_path / "m", System.MACOS)
    assert _folders("chrome", linux) == [".config/google-chrome/NativeMessagingHosts"]
    assert _folders("brave", linux) == [".config/BraveSoftware/Brave-Browser/NativeMessagingHosts"]
    assert _folders("firefox", linux) == [".mozilla/native-messaging-hosts"]
    assert _folders("chrome", macos) == ["Library/Application Support/Google/Chrome/NativeMessagingHosts"]
    assert _folders("zen", macos) == ["Library/Application Support/Mozilla/NativeMessagingHosts"]
    assert row("edge").places[System.WINDOWS].keys == ("Software\\Microsoft\\Edge\\NativeMessagingHosts",)
    assert row("firefox").places[System.WINDOWS].keys == ("Software\\Mozilla\\NativeMessagingHosts",)


def _folders(name: str, machine: Machine) -> list[str]:
    place = row(name).places[machine.system]
    return [resolve(folder, machine).relative_to(machine.home).as_posix() for folder in place.manifests]


def test_xdg_config_home_moves_every_browser(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, environment={"XDG_CONFIG_HOME": "/elsewhere"})
    assert resolve("{chromium}/chromium", machine) == Path("/elsewhere/chromium")
    assert resolve("{config}/zen", machine) == Path("/elsewhere/zen")


def test_chrome_config_home_moves_the_chromium_family_only(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, environment={"CHROME_CONFIG_HOME": "/elsewhere"})
    assert resolve("{chromium}/chromium", machine) == Path("/elsewhere/chromium")
    assert resolve("{config}/zen", machine) == machine.home / ".config/zen"


@pytest.mark.parametrize("value", ["", "relative/folder"])
def test_a_relative_config_home_counts_as_unset(value: str, tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, environment={"XDG_CONFIG_HOME": value})
    assert resolve("{config}/zen", machine) == machine.home / ".config/zen"


def test_a_home_with_braces_in_its_name_is_taken_as_it_is(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path / "{home}")
    assert resolve("{home}/.zen", machine) == tmp_path / "{home}/home/.zen"


def test_selecting_keeps_the_order_of_the_table() -> None:
    assert [browser.name for browser in select_browsers(("firefox", "chrome"))] == ["chrome", "firefox"]
    assert select_browsers(()) == BROWSERS


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SetupError) as caught:
        select_browsers(("netscape",))
    assert caught.value.code == "setup.browser"
    assert "netscape" in caught.value.message
    assert "firefox" in caught.value.hint


def test_no_other_module_names_a_browsers_path() -> None:
    words = ("NativeMessagingHosts", "native-messaging-hosts", ".mozilla", "google-chrome", "AppData\\")
    table = Path(browsers.__file__)
    for module in table.parent.glob("*.py"):
        if module != table:
            text = module.read_text("utf-8")
            assert [word for word in words if word in text] == [], module.name
