"""Filters: what each term asks, what is refused and where, and what holds for any text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from repeats import repeats
from threadreel.engine.planning.filters import EVERYTHING, Filter, read_text_test
from threadreel.errors import FilterError
from threadreel.sites.base import Attachment


def attachment(**changes: Any) -> Attachment:
    values: dict[str, Any] = {
        "key": "1",
        "post": 1,
        "name": "Holiday é 2",
        "ext": ".JPG",
        "urls": ("https://i.4cdn.org/g/1.jpg",),
        "size_bytes": 1_500_000,
        "width": 800,
        "height": 600,
        "comment": ">>1\nLook at the cat!",
        "poster": "Anonymous !Ep8pui8Vw2",
    }
    return Attachment(**{**values, **changes})


def admits(text: str, subject: str | None = "Daily Cats / edition", **changes: Any) -> bool:
    return Filter(text).admits(attachment(**changes), subject)


def refusal(text: str) -> FilterError | None:
    try:
        Filter(text)
    except FilterError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("text", "is_admitted"),
    [
        ("", True),
        ("  \n ", True),
        ("kind:images", True),
        ("kind:videos,other", False),
        ("KIND:Images", True),
        ("ext:jpg", True),
        ("ext:webm,.jpg", True),
        ("ext:jpeg", False),
        ("size:1500000", True),
        ("size:=1500000b", True),
        ("size:1.5MB", True),
        ("size:>1.5MB", False),
        ("size:>=1.5mb", True),
        ("size:<1.5MB", False),
        ("size:<=1.5MB", True),
        ("size:<1.5MiB", True),
        ("size:100KB..4MB", True),
        ("size:..1MB", False),
        ("size:1500000..", True),
        ("size:>1.430511MiB", True),
        ("size:>1KiB size:<1GiB", True),
        ("width:>=800", True),
        ("width:>800", False),
        ("height:600", True),
        ("width:700..900 height:..599", False),
        ("name:holiday", True),
        ("name:HOLIDAY", True),
        ("name:E\u0301", True),
        ('name:"day É 2"', True),
        ('name:"day  É"', False),
        ("name:2.jpg", True),
        ("name:/^holi.*2$/", True),
        (r"name:/\.jpe?g$/i", True),
        ("name:/^day/", False),
        ("comment:cat", True),
        ("comment:/^>>[0-9]+\\nlook/", True),
        (r'comment:"\>\>1"', True),
        ("poster:!ep8", True),
        ("subject:cats", True),
        ("subject:dogs", False),
        (r"subject:/cats \/ edition/", True),
        (r"subject:/cats \/ editions/", False),
        ("spoiler", False),
        ("-spoiler", True),
        ("-kind:images", False),
        ("-name:dog -size:>4MB ext:jpg", True),
        ("name:holiday -comment:cat", False),
        ("name:a:b", False),
    ],
)
def test_what_a_filter_admits(text: str, is_admitted: bool) -> None:
    assert admits(text) is is_admitted
    assert Filter(text).text == text


def test_spoiler_is_what_the_page_hides() -> None:
    assert admits("spoiler", spoiler=True)
    assert not admits("-spoiler", spoiler=True)


@pytest.mark.parametrize(
    "term", ["size:>1", "size:<1", "width:5", "width:>5", "height:..5", "subject:cats", "subject:/^$/"]
)
def test_what_the_api_does_not_tell_leaves_nothing_out(term: str) -> None:
    for text in (term, f"-{term}"):
        assert admits(text, subject=None, size_bytes=None, width=None, height=None)


def test_a_missing_text_is_an_empty_one() -> None:
    assert not admits("comment:cat", comment="")
    assert admits("-comment:cat name:/^$/", comment="", name="")
    assert not admits("subject:cats", subject="")


def test_a_thread_is_left_out_by_its_subject_only() -> None:
    chosen = Filter("kind:videos size:>9GB subject:/cats|dogs/ -subject:old")
    assert chosen.admits_thread("Daily Cats")
    assert not chosen.admits_thread("Old dogs")
    assert not chosen.admits_thread("")
    assert chosen.admits_thread(None)
    assert Filter("kind:videos").admits_thread("")
    assert EVERYTHING.admits_thread(None)


def test_only_the_beginning_of_a_text_counts() -> None:
    assert admits("comment:cat", comment="x" * 1997 + "cat")
    assert not admits("comment:cat", comment="x" * 1998 + "cat")
    assert not admits("comment:/cat/", comment="x" * 1998 + "cat")


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("kind:images wdth:5", 13, "there is no field wdth. There are kind, ext, size, width, height, name"),
        ("ext:webm -", 10, "nothing after this -"),
        ("- ext:webm", 1, "nothing after this -"),
        ("cat", 1, "cat is no term; name:cat"),
        ("--spoiler", 2, "-spoiler is no term"),
        ('"two words"', 1, "is no term"),
        ("kind", 1, "kind needs a colon"),
        ("spoiler:yes", 1, "spoiler has no value"),
        (":x", 1, "there is no field"),
        ("kind: images", 5, "kind: needs a value"),
        ("-size:", 6, "size: needs a value"),
        ("kind:images,pictures", 13, "kinds are images, videos, other"),
        ("kind:images,", 13, "kinds are"),
        ("ext:webm,", 10, "an extension is"),
        ("ext:we/bm", 5, "an extension is"),
        ("size:big", 6, "no number"),
        ("size:>=big", 8, "no number"),
        ("size:>", 7, "no number"),
        ("size:1,5MB", 6, "no number"),
        ("size:１", 6, "no number"),
        ("size:5TB", 7, "units are KB"),
        ("size:1KB..5XB", 12, "units are KB"),
        ("size:..", 6, "a range has a number"),
        ("size:5MB..4MB", 6, "ends before it begins"),
        ("width:5KB", 8, "pixels have no unit"),
        ("width:<>5", 8, "no number"),
        ('name:"two words', 6, "never closed"),
        ('name:"a"b', 9, "a space must part"),
        ('name:""', 6, "no text to look for"),
        ("name:/cat", 6, "never closed"),
        ("name:/cat/x", 11, "a space must part"),
        ("name://", 7, "no pattern to look for"),
        ("name:/ca(t/", 9, "unterminated"),
        ("ext:webm name:/*a/", 16, "nothing to repeat"),
        (f"name:/{'a' * 201}/", 207, "at most 200"),
        ("name:" + "a" * 996, 1001, "at most 1000"),
    ],
)
def test_what_is_no_filter_is_refused_with_its_place(text: str, place: int, why: str) -> None:
    error = refusal(text)
    assert error is not None
    assert error.code == "filter.invalid"
    assert (error.text, error.place) == (text, place)
    assert error.message.startswith(f"The filter cannot be read at character {place}: ")
    assert why in error.message
    assert "size:>=100KB" in error.hint


def test_a_text_test_is_that_of_a_term() -> None:
    assert read_text_test("Cat general")("the CAT GENERAL!")
    assert read_text_test("/^cat .*general$/i")("Cat (edition 5) general")
    assert not read_text_test("/^cat/")("a cat")
    assert read_text_test("a/b")("xA/Bx")
    for value, place in (("/cat", 1), ("/cat/ b", 6), ("/ca(t/", 4), ("", 1)):
        with pytest.raises(FilterError, match=f"at character {place}: "):
            read_text_test(value)


FIELDS = ["kind:", "ext:", "size:", "width:", "name:", "subject:", "comment:", "poster:", "spoiler", "wdth:", "-"]
VALUES = [
    "images",
    "webm,jpg",
    ">=1KB",
    "1MB..8MB",
    "5",
    "/a+b/",
    "/(/",
    '"two words"',
    '"',
    "/",
    "\\",
    ":",
    " ",
    "\ud800",
    "é",
]
pieces = st.lists(st.sampled_from(FIELDS + VALUES + [" "]) | st.text(max_size=3), max_size=12).map("".join)
terms = st.sampled_from(
    [
        *(
            f"{field}:{value}"
            for field in ("name", "subject", "comment", "poster")
            for value in ("a", "/^a|b$/", '"a b"')
        ),
        *("kind:images", "ext:jpg,webm", "size:>5", "size:1..9", "width:<=5", "height:5", "spoiler"),
    ]
)
attachments = st.builds(
    attachment,
    name=st.text(max_size=4) | st.sampled_from(["a", "b", "a b"]),
    ext=st.sampled_from([".jpg", ".webm", "", ".JPG"]),
    size_bytes=st.integers(0, 10),
    width=st.integers(0, 10),
    height=st.integers(0, 10),
    comment=st.text(max_size=4),
    poster=st.sampled_from(["a", "A b", ""]),
    spoiler=st.booleans(),
)


@settings(max_examples=repeats(2000), deadline=None, database=None)
@given(pieces | st.text(max_size=40), attachments)
@example('name:"a\\', attachment())
@example("-" * 1001, attachment())
def test_any_text_is_a_filter_or_refused_at_one_of_its_characters(text: str, each: Attachment) -> None:
    error = refusal(text)
    if error is None:
        assert Filter(text).admits(each, "subject") in {True, False}
        return
    assert 1 <= error.place <= len(text)
    assert f" at character {error.place}: " in error.message
    assert error.code == "filter.invalid"
    assert error.message.isprintable()


@settings(max_examples=repeats(500), deadline=None, database=None)
@given(terms, attachments, st.text(max_size=3))
def test_a_minus_turns_a_term_round(term: str, each: Attachment, subject: str) -> None:
    assert Filter(term).admits(each, subject) is not Filter(f"-{term}").admits(each, subject)
    assert Filter(f"{term} -{term}").admits(each, subject) is False


@settings(max_examples=repeats(300), deadline=None, database=None)
@given(st.lists(terms | terms.map("-{}".format), max_size=4), attachments, st.text(max_size=3))
def test_all_terms_must_hold(chosen: list[str], each: Attachment, subject: str) -> None:
    together = Filter(" ".join(chosen)).admits(each, subject)
    assert together is all(Filter(term).admits(each, subject) for term in chosen)


@settings(max_examples=repeats(300), deadline=None, database=None)
@given(st.text(min_size=1, max_size=12))
def test_quoted_text_finds_itself_whatever_it_holds(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert Filter(f'comment:"{quoted}"').admits(attachment(comment=text), None)
