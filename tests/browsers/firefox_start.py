"""How Firefox is started: its preferences, its environment, and the extension as it takes it."""

import contextlib
import json
import shutil
import socket
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marionette_driver.marionette import Marionette

from browsers.display import Display
from browsers.stage import Stage
from threadreel.demo.launch import firefox_toolbar

#: pinned by a preference, so that the address of the extension's pages is known
UUID = "11111111-2222-4333-8444-555555555555"


def _preferences(stage: Stage, display: Display | None) -> dict[str, Any]:
    preferences = {
        "extensions.webextensions.uuids": json.dumps({stage.gecko_id: UUID}),
        # every name is this machine, and its web ports are the board's
        "network.dns.forceResolve": "127.0.0.1",
        "network.socket.forcePort": f"80={stage.http_port};443={stage.https_port}",
        "services.settings.server": "data:,#none",
        "ui.popup.disable_autohide": True,
        "network.proxy.type": 0,  # for whatever variables say: those are for the host
        "xpinstall.signatures.required": False,
    }
    if display:
        preferences["browser.uiCustomization.state"] = json.dumps(firefox_toolbar(stage.gecko_id))
    return preferences


def package(stage: Stage) -> Path:
    """Where the extension is, to be installed."""
    if not stage.is_lasting:
        return stage.extension
    packed = Path(shutil.make_archive(str(stage.folder / "extension"), "zip", stage.extension))
    return packed.rename(packed.with_suffix(".xpi"))


@contextlib.contextmanager
def environment(stage: Stage, display: Display | None) -> Iterator[None]:
    """In which Firefox is started: Marionette hands none on, the browser inherits ours."""
    ours = {"HOME": str(stage.home), "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1", **stage.inherited}
    if display:
        ours["DISPLAY"] = display.name
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # while it waits for the browser's port, Marionette drops its sockets without closing them
        warnings.simplefilter("ignore", ResourceWarning)
        for name, value in ours.items():
            patch.setenv(name, value)
        yield


def start(stage: Stage, display: Display | None) -> Marionette:
    """A running Firefox, with what the stage says, and without our extension."""
    with environment(stage, display):
        marionette = Marionette(
            port=_free_port(),
            bin=shutil.which("firefox-esr") or shutil.which("firefox"),
            headless=display is None,
            app_args=["--remote-allow-system-access"],
            gecko_log=str(stage.folder / "gecko.log"),
            prefs=_preferences(stage, display),
        )
        marionette.start_session({"acceptInsecureCerts": True})
    return marionette


def _free_port() -> int:
    """One that nobody listens on: several browsers may run side by side."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
