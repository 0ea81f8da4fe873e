"""Which browser the demo takes, and what it says about the others."""

from collections.abc import Callable
from pathlib import Path

from threadreel.demo.browser import Found, find_browsers
from threadreel.setup.rows import Family

DISPLAY = {"DISPLAY": ":0"}


def which(*commands: str) -> Callable[[str], str | None]:
    return lambda command: f"/usr/bin/{command}" if command in commands else None


def search(
    *commands: str, environment: dict[str, str] = DISPLAY, platform: str = "linux", home: Path = Path("/nowhere")
):
    return find_browsers(environment, platform=platform, which=which(*commands), home=home)


def test_chromium_goes_before_firefox() -> None:
    found = search("firefox-esr", "chromium").found
    assert found == (
        Found(Family.CHROMIUM, Path("/usr/bin/chromium")),
        Found(Family.FIREFOX, Path("/usr/bin/firefox-esr")),
    )


def test_branded_browsers_are_left_out_and_it_is_said_why() -> None:
    result = search("google-chrome", "microsoft-edge", "firefox")
    assert [found.family for found in result.found] == [Family.FIREFOX]
    assert [reason.split()[0] for reason in result.reasons] == ["Chrome", "Edge"]
    assert "137" in result.reasons[0]


def test_without_any_browser_it_is_said() -> None:
    assert search() == search(platform="linux")
    assert search().reasons == ("Neither Chromium nor Firefox is here.",)


def test_without_a_display_nothing_is_looked_for() -> None:
    result = search("chromium", environment={})
    assert (result.found, result.reasons) == ((), ("There is no display to show a browser on.",))
    assert search("chromium", environment={"WAYLAND_DISPLAY": "wayland-0"}).found


def test_on_windows_the_registry_is_not_touched() -> None:
    result = search("chromium", "firefox", platform="win32")
    assert result.found == ()
    assert "registry" in result.reasons[0]


def test_on_macos_chromium_is_an_application_and_firefox_is_left_out(tmp_path: Path) -> None:
    program = tmp_path / "Applications/Chromium.app/Contents/MacOS/Chromium"
    program.parent.mkdir(parents=True)
    program.touch()
    result = search("firefox", environment={}, platform="darwin", home=tmp_path)
    assert result.found == (Found(Family.CHROMIUM, program),)
    assert "own profile" in result.reasons[0]


def test_snaps_are_left_out_behind_links_and_scripts_too(tmp_path: Path) -> None:
    script, link, snap = tmp_path / "chromium-browser", tmp_path / "firefox", tmp_path / "snap"
    script.write_text('#!/bin/sh\nexec /snap/bin/chromium "$@"\n')
    snap.touch()
    link.symlink_to(snap)
    places = {"chromium-browser": str(script), "firefox": str(link)}
    result = find_browsers(DISPLAY, platform="linux", which=places.get, home=tmp_path)
    assert result.found == ()
    assert all("snap" in reason for reason in result.reasons)
    assert len(result.reasons) == 2
