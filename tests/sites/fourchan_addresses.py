"""4chan's pages and the largest number that a thread may have."""

from __future__ import annotations

LARGEST = 2**63 - 1
BOARDS = "https://boards.4chan.org"
