"""Starts a browser with a throw-away profile in which the extension is loaded and the host is known.

Everything is below one folder, HOME of the browser included: the user's own profiles and registrations stay untouched.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from threadreel.demo import bidi
from threadreel.demo.browser import Found
from threadreel.demo.websocket import WebSocket
from threadreel.errors import SetupError
from threadreel.setup.installer import Result, apply, prepare_install
from threadreel.setup.locations import extension_folder
from threadreel.setup.machine import this_machine
from threadreel.setup.manifests import own_ids
from threadreel.setup.plan import Selection
from threadreel.setup.rows import Family

_OTHER_WAYS = "Try another one with --browser, or the terminal alone with --terminal."
_READY_LIMIT_S = 30.0
_LOOK_S = 0.1
_TERMINATE_LIMIT_S = 8.0
#: the host ends within 1.5 s of its browser
_STRAGGLERS_LIMIT_S = 2.0
_NO_PROXY_HERE = "127.0.0.1:9"
_CHROMIUM_ARGUMENTS = (
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    "--use-mock-keychain",
    # the demo needs this machine alone: what goes elsewhere ends at a proxy that is not there
    f"--proxy-server={_NO_PROXY_HERE}",
)
_FIREFOX_PREFERENCES: Mapping[str, object] = {
    "browser.aboutwelcome.enabled": False,
    "browser.preonboarding.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.policy.firstRunURL": "",
    "termsofuse.bypassNotification": True,
    "network.proxy.type": 1,
    "network.proxy.http": _NO_PROXY_HERE.split(":")[0],
    "network.proxy.http_port": int(_NO_PROXY_HERE.split(":")[1]),
    "network.proxy.share_proxy_settings": True,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """``folder`` holds all that the demo makes; ``home`` below it is the host's THREADREEL_HOME."""

    folder: Path

    @property
    def home(self) -> Path:
        """Settings, ledger, logs and downloads of the demo."""
        return self.folder / "threadreel"

    @property
    def user_home(self) -> Path:
        """HOME of the browser."""
        return self.folder / "user"

    @property
    def profile(self) -> Path:
        """The browser's profile."""
        return self.folder / "profile"


class RunningBrowser:
    """A browser and whatever it has started, which all end with ``close``."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def is_open(self) -> bool:
        """Whether the person has not closed it yet."""
        return self._process.poll() is None

    def close(self) -> None:
        """Ask all of them to end, the browser first of all, and then see to it."""
        group = self._process.pid
        with contextlib.suppress(ProcessLookupError):  # raised once all have ended
            os.killpg(group, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_TERMINATE_LIMIT_S)
            end = time.monotonic() + _STRAGGLERS_LIMIT_S
            while time.monotonic() < end:
                os.killpg(group, 0)
                time.sleep(_LOOK_S)
            os.killpg(group, signal.SIGKILL)
        self._process.wait(_TERMINATE_LIMIT_S)


def launch(found: Found, stage: Stage, url: str, arguments: Sequence[str] = ()) -> RunningBrowser:
    """Show ``url`` in a browser that is ready for it; ``arguments`` are added to its command line.

    Raises SetupError ``setup.demo`` when the browser does not start or does not take the extension.
    """
    for folder in (stage.profile, stage.user_home):
        folder.mkdir(parents=True)
    start = _start_chromium if found.family is Family.CHROMIUM else _start_firefox
    return start(found, stage, url, arguments)


def _start_chromium(found: Found, stage: Stage, url: str, arguments: Sequence[str]) -> RunningBrowser:
    extension = extension_folder()
    _register("chromium", stage, stage.profile / "NativeMessagingHosts")
    # the toolbar shows the button from the start, instead of hiding it behind the puzzle piece
    pinned = {"extensions": {"pinned_extensions": list(own_ids(extension).chromium)}}
    preferences = stage.profile / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps(pinned), "utf-8")
    # Chromium refuses to run as root with its sandbox
    sandbox = ("--no-sandbox",) if _is_root() else ()
    command = [found.program, *_CHROMIUM_ARGUMENTS, *sandbox, f"--user-data-dir={stage.profile}"]
    return RunningBrowser(_start([*command, f"--load-extension={extension}", *arguments, url], stage))


def _start_firefox(found: Found, stage: Stage, url: str, arguments: Sequence[str]) -> RunningBrowser:
    extension = extension_folder()
    _register("firefox", stage, stage.user_home / ".mozilla" / "native-messaging-hosts")
    toolbar = firefox_toolbar(own_ids(extension).firefox[0])
    preferences = {**_FIREFOX_PREFERENCES, "browser.uiCustomization.state": json.dumps(toolbar)}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
    (stage.profile / "user.js").write_text("\n".join(lines), "utf-8")
    profile = ("--new-instance", "--profile", str(stage.profile), "--remote-debugging-port", "0")
    browser = RunningBrowser(_start([found.program, *profile, *arguments], stage))
    with contextlib.ExitStack() as undo:
        undo.callback(browser.close)
        try:
            with WebSocket(_wait_for_address(browser, stage), _READY_LIMIT_S) as socket:
                session = bidi.BiDi(socket)
                session.install(extension)
                session.show(url)
                session.end()
        except OSError as error:
            raise SetupError("setup.demo", f"{found.program} could not be made ready: {error}.", _OTHER_WAYS) from error
        undo.pop_all()
    return browser


def _wait_for_address(browser: RunningBrowser, stage: Stage) -> str:
    end = time.monotonic() + _READY_LIMIT_S
    while (found := bidi.address(stage.profile)) is None:
        if not browser.is_open:
            raise ConnectionError("it ended at once")
        if time.monotonic() > end:
            raise TimeoutError("it did not listen in time")
        time.sleep(_LOOK_S)
    return found


def firefox_toolbar(extension_id: str) -> dict[str, object]:
    """The toolbar with this extension's button in it: Firefox puts that of a new one behind the puzzle piece."""
    button = f"{extension_id.replace('@', '_').replace('.', '_')}-browser-action"
    bar = [
        "back-button",
        "forward-button",
        "stop-reload-button",
        "urlbar-container",
        button,
        "unified-extensions-button",
    ]
    return {"placements": {"nav-bar": bar, "widget-overflow-fixed-list": []}, "seen": [button], "currentVersion": 20}


def _register(name: str, stage: Stage, folder: Path) -> None:
    machine = this_machine({**os.environ, "THREADREEL_HOME": str(stage.home)})
    selection = Selection((name,), (), folder)
    outcomes = apply(prepare_install(machine, selection, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}), machine)
    failures = [outcome.sentence for outcome in outcomes if outcome.result is Result.FAILED]
    if failures:
        raise SetupError("setup.demo", f"The host could not be registered: {failures[0]}.")


def _start(command: Sequence[str | Path], stage: Stage) -> subprocess.Popen[bytes]:
    own_folders = {"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "CHROME_CONFIG_HOME"}
    environment = {name: value for name, value in os.environ.items() if name not in own_folders}
    environment["HOME"] = str(stage.user_home)
    # X keeps its key in the real home unless told otherwise
    environment.setdefault("XAUTHORITY", str(Path.home() / ".Xauthority"))
    log = stage.folder / "browser.log"
    try:
        with log.open("wb") as output:
            # a group of its own: Ctrl+C in the terminal is for us, and one signal reaches all that it starts
            return subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
    except OSError as error:
        raise SetupError("setup.demo", f"{command[0]} cannot be started: {error.strerror}.", _OTHER_WAYS) from error


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0
