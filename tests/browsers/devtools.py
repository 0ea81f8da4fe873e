"""The DevTools protocol over its websocket: for what WebDriver does not reach in Chromium."""

import base64
import itertools
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import websocket

from browsers.page import Page
from waiting import wait_until

_LIMIT_S = 20


class DevTools:
    """The DevTools address of a running Chromium, and the sessions opened there."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._sessions: list[Session] = []
        #: the browser itself
        self.browser = self._open(self._read("version")["webSocketDebuggerUrl"])

    def targets(self) -> list[dict[str, Any]]:
        """Pages, workers and the like, with ``id``, ``type``, ``url``."""
        return self._read("list")

    def wait_for_target(self, matches: Any, what: str) -> "Session":
        """A session with the first target that matches, once there is one."""
        found = wait_until(lambda: next((t for t in self.targets() if matches(t)), None), what)
        return self._open(found["webSocketDebuggerUrl"])

    def press_action(self, extension_id: str, url: str) -> None:
        """Press the extension's toolbar button in the tab that shows ``url``."""
        tabs = self.browser.call("Target.getTargets", filter=[{"type": "tab"}])["targetInfos"]
        tab = next(target["targetId"] for target in tabs if target["url"] == url)
        self.browser.call("Extensions.triggerAction", id=extension_id, targetId=tab)

    def open_popup(self, extension_id: str, popup_path: str, url: str) -> "Session":
        """Press it, and a session with the popup once that is loaded."""
        # Known before, so that a tab with the same page is not taken for it
        before = {target["id"] for target in self.targets()}
        self.press_action(extension_id, url)
        popup = f"chrome-extension://{extension_id}/{popup_path}"
        session = self.wait_for_target(lambda t: t["url"] == popup and t["id"] not in before, "the popup")
        wait_until(lambda: session.evaluate("document.readyState") == "complete", "the popup to be loaded")
        return session

    def close(self) -> None:
        """Hang up on every session."""
        for session in self._sessions:
            session.close()

    def _open(self, url: str) -> "Session":
        self._sessions.append(Session(url))
        return self._sessions[-1]

    def _read(self, what: str) -> Any:
        with urllib.request.urlopen(f"http://{self._address}/json/{what}", timeout=_LIMIT_S) as answer:
            return json.load(answer)


class Session:
    """One websocket to one target."""

    def __init__(self, url: str) -> None:
        # Chromium refuses sockets with an origin it was not told of
        self._socket = websocket.create_connection(url, suppress_origin=True, timeout=_LIMIT_S)
        self._numbers = itertools.count(1)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a DevTools method."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv())).get("id") != number:
            pass
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def evaluate(self, expression: str) -> Any:
        """The JSON value of an expression in the target; promises are awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class ShadowPage(Page):
    """The closed shadow root of the element with this name in the page that the session is with."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        root = session.call("DOM.getDocument", depth=-1, pierce=True)["root"]
        (host,) = [node for node in _nodes(root) if node["nodeName"] == name.upper()]
        node = host["shadowRoots"][0]["backendNodeId"]
        self._root = session.call("DOM.resolveNode", backendNodeId=node)["object"]["objectId"]

    def evaluate(self, expression: str) -> Any:
        answer = self._session.call(
            "Runtime.callFunctionOn",
            functionDeclaration=f"async function () {{ const document = this; return ({expression}); }}",
            objectId=self._root,
            awaitPromise=True,
            returnByValue=True,
        )
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def png(self) -> bytes:
        return base64.b64decode(self._session.call("Page.captureScreenshot", format="png")["data"])


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("children", []):
        yield from _nodes(child)


class SessionPage(Page):
    """The page that a session is with."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def evaluate(self, expression: str) -> Any:
        return self.session.evaluate(expression)

    def png(self) -> bytes:
        return base64.b64decode(self.session.call("Page.captureScreenshot", format="png")["data"])
