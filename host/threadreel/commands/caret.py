"""Shows the place of an error in a text: the text, and under it a caret. Pure."""

from __future__ import annotations

from rich.cells import cell_len

from threadreel.commands.narration import visible

#: characters shown on each side of the place
_AROUND = 40


def pointed_at(text: str, place: int) -> tuple[str, str]:
    """``text``, or of a long one what is around the place, and a caret under its character number ``place`` (from 1)."""
    at = min(max(place - 1, 0), len(text))
    start, end = max(0, at - _AROUND), at + _AROUND
    before = ("…" if start else "") + visible(text[start:at])
    after = visible(text[at:end]) + ("…" if end < len(text) else "")
    return f"  {before}{after}", f"  {' ' * cell_len(before)}^"
