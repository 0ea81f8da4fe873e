"""Patterns find what they say, refuse what needs going back, and take time in proportion to the text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repeats import repeats
from threadreel.engine.planning.patterns import Pattern, PatternError

PIECES = [
    "a",
    "B",
    "1",
    " ",
    ".",
    "|",
    "(",
    ")",
    "(?:",
    "*",
    "+",
    "?",
    "^",
    "$",
    "{",
    "}",
    "[",
    "]",
    "[^a]",
    r"\b",
    r"\W",
    "{1,2}",
    "\\",
]
patterns = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)


def read(pattern: str) -> Pattern | PatternError:
    try:
        return Pattern(pattern)
    except PatternError as error:
        return error


@settings(max_examples=repeats(1000), deadline=None, database=None)
@given(st.text(st.characters(), max_size=30) | patterns, st.text(st.characters(), max_size=30))
def test_any_text_is_a_pattern_or_refused_at_one_of_its_characters(pattern: str, text: str) -> None:
    found = read(pattern)
    if isinstance(found, PatternError):
        assert 0 <= found.at < max(1, len(pattern))
        assert found.why
    else:
        assert found.is_in(text) in {True, False}


@pytest.mark.parametrize(
    ("pattern", "text", "is_in"),
    [
        ("", "", True),
        ("STRASSE", "strasse", True),
        ("é", "É", True),
        ("[а-я]+", "ПРИВЕТ", True),
        ("[^a]", "A", False),
        (r"\bcat\b", "a CAT!", True),
        (r"\bcat\b", "concatenate", False),
        (r"\pL{4}", "кошка", True),
        ("a.b", "a\nb", False),
        (r"/\/", "//", True),
        ("^general", "a general", False),
        ("^(?:/lmg/|.* general)$", "Local Models General", True),
        ("cat", "\ud800cat", True),
    ],
)
def test_what_a_pattern_means(pattern: str, text: str, is_in: bool) -> None:
    assert Pattern(pattern).is_in(text) is is_in


@pytest.mark.parametrize(
    ("pattern", "at", "why"),
    [
        ("ab(c", 2, "unterminated"),
        ("ab)c", 2, "unbalanced"),
        ("a[bc", 1, "unterminated"),
        ("*a", 0, "nothing to repeat"),
        ("a{3,2}", 2, "greater"),
        ("a\\", 1, "bad escape"),
        (r"a\q", 1, "bad escape"),
        ("a[z-b]", 2, "bad character range"),
        (r"(a)\1", 0, "cannot be used here"),
        ("x(?=a)", 0, "cannot be used here"),
        ("((a{99}){99}){99}", 0, "cannot be used here"),
        ("ab\ud800", 2, "no character"),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_place(pattern: str, at: int, why: str) -> None:
    with pytest.raises(PatternError, match=re.escape(why)) as caught:
        Pattern(pattern)
    assert caught.value.at == at


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(a*)*(a*)*(a*)*b", ".*.*.*.*.*.*x", "(a?){140}a{140}b", "(.|a|.)*[^a!]x"],
)
def test_no_pattern_and_no_text_make_it_slow(pattern: str) -> None:
    """``re`` would need years for most of these."""
    compiled = Pattern(pattern)
    before = time.process_time()
    assert not compiled.is_in("a" * 1999 + "!")
    assert not compiled.is_in("\n".join("a" * 20 for _ in range(95)) + "!")
    assert time.process_time() - before < 5
