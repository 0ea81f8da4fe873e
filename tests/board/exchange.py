"""One request to the board on its way to an answer: what faults change and what delivery obeys."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from threadreel.demo.answers import Answer, Request, Resource


@dataclass(slots=True)
class Delivery:
    """How an answer travels. Offsets count bytes of this answer's body; None: before the status line."""

    cut_after: int | None = None
    cut: bool = False
    reset: bool = False
    gate: threading.Event | None = None
    gate_after: int | None = None
    rate_bytes_per_s: float = 0
    chunked: bool = False
    endless: bool = False


@dataclass(slots=True)
class Exchange:
    """One request, what it asks for (if that exists), the answer it will get, and how that travels."""

    request: Request
    resource: Resource | None
    answer: Answer
    delivery: Delivery = field(default_factory=Delivery)


#: spoils an exchange before it is delivered
Fault = Callable[[Exchange], None]
