"""Requests about what the browser fetches for us: from where it may, and the chunks that it brings."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

from threadreel.engine.browser_route.courier import WINDOW, Chunk
from threadreel.engine.engine import Engine
from threadreel.errors import RequestError, ThreadreelError
from threadreel.handlers.request import Handler, Request, Result


class FetchRequests:
    """``engine`` gives the one engine, making it when a request first needs it."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self.handlers: Mapping[str, Handler] = {"fetch.ready": self._set_permissions}

    def _set_permissions(self, request: Request) -> Result:
        self._engine().set_permissions(request["hosts"])
        return {}

    def take(self, request: Request, answer: Callable[[Result | ThreadreelError], None]) -> None:
        """Hand a chunk over; the answer comes once, when its bytes are where they belong. Raises RequestError at once."""
        chunk = Chunk(
            request.get("job"),
            request["file"],
            request["offset"],
            _decode(request["data"]),
            request.get("status"),
            request.get("size"),
            request.get("end", False),
            request.get("error"),
            request.get("retry_after"),
        )

        def tell(found: int | ThreadreelError) -> None:
            answer(found if isinstance(found, ThreadreelError) else {"next": found, "window": WINDOW})

        self._engine().bring(chunk, tell)


def _decode(text: str) -> bytes:
    try:
        if len(text) % 4 == 0:  # base64 itself lets surplus padding pass
            return base64.b64decode(text, validate=True)
    except ValueError:
        pass
    raise RequestError("request.invalid", "The field `data` is not base64.", "Send the chunk again.")
