"""How often tests that look for rare faults repeat: one dial for all of them."""

import os

#: percent of the full count; a tenth in CI, and whatever THREADREEL_TEST_REPEATS says
REPEATS_PERCENT = float(os.environ.get("THREADREEL_TEST_REPEATS", "10" if os.environ.get("CI") else "100"))


def repeats(full: int) -> int:
    """The number of runs to make of a test that makes ``full`` of them; at least one."""
    return max(1, round(full * REPEATS_PERCENT / 100))
