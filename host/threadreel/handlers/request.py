"""The shape of a handler: the request, as its schema has passed it, goes in; the reply's ``result`` comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Request = dict[str, Any]
Result = dict[str, Any]
#: waits for somebody, on a thread of its own, and gives the result
Later = Callable[[], Result]
#: answers at once, with the result or with what waits for it, or raises the ThreadreelError that is the answer
Handler = Callable[[Request], Result | Later]
