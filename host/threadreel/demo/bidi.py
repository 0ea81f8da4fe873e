"""Firefox over its remote protocol, WebDriver BiDi: load a temporary add-on, show a page. https://w3c.github.io/webdriver-bidi/"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from threadreel.demo.websocket import WebSocket, WebSocketError

#: Firefox writes it into its profile once it listens (remote/webdriver-bidi/WebDriverBiDi.sys.mjs)
ADDRESS_FILE = "WebDriverBiDiServer.json"


class BiDi:
    """One session; Firefox allows one at a time."""

    def __init__(self, socket: WebSocket) -> None:
        """Begin a session on a socket connected to ``address``. Raises OSError."""
        self._socket = socket
        self._numbers = itertools.count(1)
        self._call("session.new", capabilities={})

    def install(self, extension: Path) -> None:
        """Load an unpacked extension until the browser is closed. Raises OSError with Firefox's reason."""
        self._call("webExtension.install", extensionData={"type": "path", "path": str(extension)})

    def show(self, url: str) -> None:
        """Show the page in the first tab. Raises OSError."""
        first = self._call("browsingContext.getTree")["contexts"][0]["context"]
        self._call("browsingContext.navigate", context=first, url=url, wait="none")

    def end(self) -> None:
        """End the session: the browser is the user's alone. Raises OSError."""
        self._call("session.end")

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.receive())).get("id") != number:
            pass
        if answer["type"] == "error":
            raise WebSocketError(f"{method}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result


def address(profile: Path) -> str | None:
    """The WebSocket address of the Firefox with this profile; None while it does not listen yet."""
    try:
        told = json.loads((profile / ADDRESS_FILE).read_text("utf-8"))
        return f"ws://{told['ws_host']}:{told['ws_port']}/session"
    except (OSError, ValueError, KeyError):
        return None
