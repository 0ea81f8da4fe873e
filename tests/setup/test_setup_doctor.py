"""The doctor: one broken thing at a time on a fake machine, each with its own finding."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from setup_fakes import fake_machine, registry_of, start_browser_once, write_program

import threadreel
from threadreel.errors import SetupError
from threadreel.setup import doctor
from threadreel.setup.browsers import BROWSERS, MANIFEST_NAME
from threadreel.setup.doctor import diagnose, is_healthy
from threadreel.setup.findings import Finding, Level
from threadreel.setup.installer import apply, prepare_install
from threadreel.setup.machine import Machine, System
from threadreel.setup.plan import Selection

pytestmark = pytest.mark.process

HOST = f"""#!{sys.executable}
import json, os, struct, sys
if sys.argv[1:] and sys.argv[1].startswith("chrome-extension://") or len(sys.argv) == 3:
    head = os.read(0, 4)
    request = json.loads(os.read(0, struct.unpack("=I", head)[0]))
    body = json.dumps({{"re": request["id"], "type": "ok", "result": {{"version": "VERSION"}}}}).encode()
    os.write(1, struct.pack("=I", len(body)) + body)
    os.read(0, 1)
"""


def host_text(version: str = threadreel.__version__) -> str:
    return HOST.replace("VERSION", version)


def registered_machine(folder: Path, browser: str = "chromium", system: System = System.LINUX) -> Machine:
    """A machine with one browser and a working registration."""
    machine = fake_machine(folder, system)
    for script in machine.python.parent.glob("threadreel-host*"):
        write_program(script, host_text())
    start_browser_once(machine, browser)
    apply(prepare_install(machine, Selection()), machine)
    return machine


def the_manifest(machine: Machine) -> Path:
    [path] = machine.home.rglob(MANIFEST_NAME)
    return path


def edit(machine: Machine, **changes: Any) -> None:
    path = the_manifest(machine)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def examine(machine: Machine) -> list[Finding]:
    return diagnose(machine, answer_limit_s=10, exit_limit_s=10)


def the_problem(machine: Machine) -> Finding:
    findings = [finding for finding in examine(machine) if finding.level is Level.PROBLEM]
    assert len(findings) == 1, findings
    assert findings[0].repair
    return findings[0]


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
@pytest.mark.parametrize("system", System)
def test_a_good_registration_has_no_problem_and_no_warning(browser: str, system: System, tmp_path: Path) -> None:
    findings = examine(registered_machine(tmp_path, browser, system))
    assert {finding.level for finding in findings} == {Level.OK}, findings
    assert [finding.code for finding in findings] == [
        "python", "folders", "manifest", "host", "hello", "browsers.absent", "policy"
    ]  # fmt: skip
    assert is_healthy(findings)


def test_the_browsers_that_are_not_here_are_named_in_one_line(tmp_path: Path) -> None:
    machine = registered_machine(tmp_path, "vivaldi")
    (machine.home / "snap/chromium").mkdir(parents=True)
    [absent] = [finding for finding in examine(machine) if finding.code == "browsers.absent"]
    titles = absent.message.removeprefix("Not here: ").removesuffix(".").split(", ")
    elsewhere = {browser.title for browser in BROWSERS if System.LINUX not in browser.places}
    assert set(titles) == {browser.title for browser in BROWSERS} - elsewhere - {"Vivaldi", "Chromium"}


def test_no_browser_is_a_warning_that_says_so(tmp_path: Path) -> None:
    findings = examine(fake_machine(tmp_path))
    [none] = [finding for finding in findings if finding.level is not Level.OK]
    assert (none.level, none.code) == (Level.WARNING, "browsers.none")
    assert "No browser was found" in none.message
    assert is_healthy(findings)


def test_a_browser_that_was_never_registered(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    start_browser_once(machine, "vivaldi")
    finding = the_problem(machine)
    assert (finding.subject, finding.code) == ("Vivaldi", "manifest.missing")
    assert finding.repair == "threadreel install --browser vivaldi"


def test_a_registry_without_our_value(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, System.WINDOWS)
    start_browser_once(machine, "edge")
    finding = the_problem(machine)
    assert finding.code == "manifest.missing"
    assert "HKEY_CURRENT_USER\\Software\\Microsoft\\Edge\\NativeMessagingHosts\\" in finding.message


def test_a_registry_value_whose_file_is_gone(tmp_path: Path) -> None:
    machine = registered_machine(tmp_path, "edge", System.WINDOWS)
    path = the_manifest(machine)
    path.unlink()
    finding = the_problem(machine)
    assert finding.code == "manifest.missing"
    assert str(path) in finding.message


def test_a_registry_that_refuses(tmp_path: Path) -> None:
    machine = registered_machine(tmp_path, "edge", System.WINDOWS)
    registry_of(machine).denied.add("Software\\Microsoft")
    assert the_problem(machine).code == "manifest.unreadable"


def _make_unreadable(machine: Machine) -> None:
    path = the_manifest(machine)
    path.unlink()
    path.mkdir()


def _add_mark(machine: Machine) -> None:
    path = the_manifest(machine)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def _host_of(machine: Machine) -> Path:
    return machine.python.parent / "threadreel-host"


def _manifest(text: str) -> Callable[[Machine], object]:
    return lambda machine: the_manifest(machine).write_text(text)


def _edit(**changes: Any) -> Callable[[Machine], object]:
    return lambda machine: edit(machine, **changes)


def _host(text: str) -> Callable[[Machine], object]:
    return lambda machine: _host_of(machine).write_text(text)


BROKEN: list[tuple[str, Callable[[Machine], object]]] = [
    ("manifest.unreadable", _make_unreadable),
    ("manifest.bom", _add_mark),
    ("manifest.broken", _manifest("{")),
    ("manifest.broken", _manifest("[]")),
    ("manifest.broken", _manifest("[" * 100_000)),
    ("manifest.name", _edit(name="io.github.threadreel")),
    ("manifest.incomplete", _edit(type="pipe")),
    ("manifest.incomplete", _edit(description="")),
    ("manifest.ids", _edit(allowed_origins=["chrome-extension://" + "a" * 32 + "/"])),
    ("manifest.ids", _edit(allowed_origins=None)),
    ("manifest.origin", _edit(allowed_origins=["chrome-extension://" + "a" * 32])),
    ("manifest.path", _edit(path="threadreel-host")),
    ("manifest.path", _edit(path=None)),
    ("host.missing", lambda machine: _host_of(machine).unlink()),
    ("host.not_executable", lambda machine: _host_of(machine).chmod(0o644)),
    ("host.interpreter", _host("#!/nowhere/python3\n")),
    ("host.interpreter", _host("#!/bin/sh\n'''exec' \"/nowhere/a b/python3\" \"$0\" \"$@\"\n' '''\n")),
    ("hello.text", _host("#!/bin/sh\necho Hello\n")),
    ("hello.ended", _host("#!/bin/sh\nexit 3\n")),
    ("hello.start", _host("\x7fELF nonsense")),
    ("hello.exit", _host(host_text() + "sys.exit(3)\n")),
    ("hello.version", _host(host_text("0.0.1"))),
]


@pytest.mark.parametrize(("code", "break_it"), BROKEN, ids=[f"{n}-{code}" for n, (code, _) in enumerate(BROKEN)])
def test_each_broken_step_has_its_own_finding(code: str, break_it: Callable[[Machine], object], tmp_path: Path) -> None:
    machine = registered_machine(tmp_path)
    break_it(machine)
    finding = the_problem(machine)
    assert (finding.subject, finding.code) == ("Chromium", code)
    assert finding.message.endswith((".", '"'))


def test_repairing_by_the_commands_of_the_findings_helps(tmp_path: Path) -> None:
    machine = registered_machine(tmp_path)
    edit(machine, name="wrong", allowed_origins=[], path="relative")
    assert {finding.repair for finding in examine(machine) if finding.level is Level.PROBLEM} == {
        "threadreel install --browser chromium"
    }
    apply(prepare_install(machine, Selection(names=("chromium",))), machine)
    assert is_healthy(examine(machine))


def test_a_wrong_file_name_behind_a_registry_value(tmp_path: Path) -> None:
    machine = registered_machine(tmp_path, "firefox", System.WINDOWS)
    path = the_manifest(machine)
    moved = path.rename(path.with_name("host.json"))
    registry = registry_of(machine)
    registry.values = dict.fromkeys(registry.values, str(moved))
    assert the_problem(machine).code == "manifest.file_name"


def test_firefox_reads_over_a_byte_order_mark(tmp_path: Path) -> None:
    machine = registered_machine(tmp_path, "firefox")
    _add_mark(machine)
    findings = examine(machine)
    assert [(each.level, each.code) for each in findings if each.level is not Level.OK] == [
        (Level.WARNING, "manifest.bom")
    ]


def test_an_interpreter_from_the_path_is_a_warning(tmp_path: Path) -> None:
    machine = registered_machine(tmp_path)
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "python3").symlink_to(sys.executable)
    _host_of(machine).write_text(host_text().replace(sys.executable, "/usr/bin/env python3"))
    findings = examine(dataclasses.replace(machine, environment={"PATH": str(folder)}))
    assert "host.path" in {finding.code for finding in findings if finding.level is Level.WARNING}
    assert is_healthy(findings)


def test_a_launcher_whose_interpreter_is_gone(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, script=False)
    start_browser_once(machine, "firefox")
    apply(prepare_install(machine, Selection()), machine)
    finding = the_problem(machine)
    assert finding.code == "host.interpreter"
    assert str(machine.python) in finding.message


def test_a_manifest_of_another_installation_is_a_warning(tmp_path: Path) -> None:
    machine = registered_machine(tmp_path)
    other = write_program(tmp_path / "other-host", host_text())
    edit(machine, path=str(other))
    findings = examine(machine)
    [warning] = [finding for finding in findings if finding.level is Level.WARNING]
    assert warning.code == "host.elsewhere"
    assert str(other) in warning.message
    assert is_healthy(findings)


def test_sandboxed_browsers_get_their_sentence(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    (machine.home / ".var/app/org.chromium.Chromium").mkdir(parents=True)
    findings = examine(machine)
    [sandbox] = [finding for finding in findings if finding.code == "sandbox"]
    assert (sandbox.subject, sandbox.level) == ("Chromium", Level.WARNING)
    assert "may not start programs outside its sandbox" in sandbox.message
    assert is_healthy(findings)


def test_browsers_that_share_a_manifest_share_one_hello(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    count = tmp_path / "count"
    write_program(_host_of(machine), host_text() + f"open({str(count)!r}, 'a').write('x')\n")
    start_browser_once(machine, "firefox")
    start_browser_once(machine, "zen")
    apply(prepare_install(machine, Selection()), machine)
    findings = examine(machine)
    assert [finding.subject for finding in findings if finding.code == "hello"] == ["Firefox", "Zen"]
    assert count.read_text() == "x"


@pytest.mark.parametrize("purpose", ["settings", "ledger", "log", "downloads"])
def test_a_folder_that_cannot_be_written(purpose: str, tmp_path: Path) -> None:
    machine = registered_machine(tmp_path)
    obstacle = tmp_path / "file"
    obstacle.write_text("in the way")
    field, place = {
        "settings": ("settings_file", obstacle / "settings.json"),
        "ledger": ("ledger_file", obstacle / "ledger.sqlite3"),
        "log": ("log_folder", obstacle / "logs"),
        "downloads": ("download_root", obstacle / "downloads"),
    }[purpose]
    finding = the_problem(dataclasses.replace(machine, places=dataclasses.replace(machine.places, **{field: place})))
    assert finding.code == f"folder.{purpose}"
    assert str(obstacle) in finding.message


def test_the_folders_are_tried_without_a_trace(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    examine(machine)
    assert list(machine.home.iterdir()) == []


def test_an_installation_without_its_extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def incomplete() -> Path:
        raise SetupError("setup.incomplete", 'This installation lacks its folder "extension".')

    monkeypatch.setattr(doctor, "extension_folder", incomplete)
    finding = the_problem(fake_machine(tmp_path))
    assert finding.code == "extension"


def test_a_firefox_family_manifest_must_list_our_id(tmp_path: Path) -> None:
    machine = registered_machine(tmp_path, "firefox")
    edit(machine, allowed_extensions=["somebody@example.org"])
    finding = the_problem(machine)
    assert finding.code == "manifest.ids"
    assert "allowed_extensions" in finding.message
