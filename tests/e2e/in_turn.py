"""Cases that are much alike, spread over the browsers where time is short."""

from typing import Any

import pytest

from browsers.browser import NAMES
from repeats import repeats


def in_turn(cases: dict[str, Any]) -> list[Any]:
    """Parameters (browser's name, case): every case in every browser; where time is short, in one, the browsers in turn."""
    rounds = [
        pytest.param(NAMES[(number + turn) % len(NAMES)], case, id=f"{NAMES[(number + turn) % len(NAMES)]}-{name}")
        for turn in range(len(NAMES))
        for number, (name, case) in enumerate(cases.items())
    ]
    return rounds[: len(cases) * repeats(len(NAMES))]
