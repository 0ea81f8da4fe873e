"""The place of an error under a text: the caret stands where the eye looks, also among wide characters and in long texts."""

import pytest
from rich.cells import cell_len

from threadreel.commands.caret import pointed_at


@pytest.mark.parametrize(
    ("text", "place", "shown", "under"),
    [
        ("ext:webm wdth:3", 10, "  ext:webm wdth:3", "w"),
        ("wdth:3", 1, "  wdth:3", "w"),
        ("", 1, "  ", ""),
        ("name:", 6, "  name:", ""),
        ("name:漢字 wdth:3", 9, "  name:漢字 wdth:3", "w"),
        ("a\x1b[2J\tb ?", 8, "  a�[2J�b ?", " "),
    ],
)
def test_the_caret_stands_under_the_character(text: str, place: int, shown: str, under: str) -> None:
    line, caret = pointed_at(text, place)
    assert line == shown
    column = len(caret) - 1
    assert caret == " " * column + "^"
    before = next(at for at in range(len(line) + 1) if cell_len(line[:at]) == column)
    assert line[before : before + 1] == under


def test_of_a_long_text_the_surroundings_are_shown() -> None:
    text = " ".join(f"ext:{number}" for number in range(200))
    place = text.index("ext:150") + 1
    line, caret = pointed_at(text, place)
    assert len(line) < 90
    assert line[caret.index("^") :].startswith("ext:150")
    assert line.startswith("  …")
    assert line.endswith("…")
