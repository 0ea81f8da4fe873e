"""Requests about addresses: what they lead to, before any site is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from threadreel.engine.engine import Engine
from threadreel.handlers.request import Handler, Request, Result


class PageRequests:
    """``engine`` gives the one engine, making it when a request first needs it."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self.handlers: Mapping[str, Handler] = {"page.recognise": self._recognise}

    def _recognise(self, request: Request) -> Result:
        return {"pages": [self._page(url) for url in request["urls"]]}

    def _page(self, url: str) -> dict[str, Any] | None:
        found = self._engine().recognise(url)
        if found is None:
            return None
        site, target = found
        return {"site": site.name, "kind": str(target.kind), "board": target.board, "thread": target.thread}
