"""What a newer answer of a thread brings: new attachments once, deleted ones by the rows they have, nothing lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from repeats import repeats
from rows import attachment_row
from threadreel.engine.planning.thread_news import News, find_news
from threadreel.sites.base import Attachment
from threadreel.states import FileState


def attachment(key: str, post: int = 1, **changes: Any) -> Attachment:
    values: dict[str, Any] = {
        "key": key,
        "post": post,
        "name": "a",
        "ext": ".jpg",
        "urls": ("https://i.4cdn.org/g/1.jpg",),
    }
    return Attachment(**{**values, **changes})


def deleted(post: int, key: str = "") -> Attachment:
    return attachment(key or f"post-{post}", post, name="", ext="", urls=(), deleted=True)


def test_only_what_no_row_is_about_is_new() -> None:
    rows = [attachment_row("1", post=1), attachment_row("2", post=2)]
    answer = [attachment("1", 1), attachment("2", 2), attachment("3", 3), attachment("4", 4)]
    assert find_news(answer, rows) == News((answer[2], answer[3]), ())


def test_what_vanished_from_the_answer_stays() -> None:
    rows = [attachment_row("1", post=1), attachment_row("2", post=2)]
    assert find_news([attachment("2", 2)], rows) == News((), ())


def test_a_file_deleted_since_is_told_by_the_key_its_row_has() -> None:
    rows = [attachment_row("11", post=1), attachment_row("12", post=2)]
    assert find_news([deleted(1), attachment("12", 2)], rows) == News((), ("11",))
    assert find_news([deleted(1, "11"), attachment("12", 2)], rows) == News((), ("11",))


def test_a_deleted_file_is_told_once() -> None:
    rows = [
        attachment_row("11", post=1, state=FileState.DELETED),
        attachment_row("post-2", post=2, state=FileState.DELETED),
    ]
    assert find_news([deleted(1), deleted(2)], rows) == News((), ())


def test_a_file_that_came_and_went_between_two_answers_is_new_and_deleted() -> None:
    rows = [attachment_row("11", post=1)]
    assert find_news([attachment("11", 1), deleted(2)], rows) == News((deleted(2),), ())


def test_one_of_two_files_of_a_post_is_deleted() -> None:
    rows = [attachment_row("11", post=1), attachment_row("12", post=1)]
    assert find_news([deleted(1), attachment("12", 1)], rows) == News((), ("11",))


files = st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.booleans()), max_size=6)


@settings(max_examples=repeats(300), deadline=None, database=None)
@given(files, st.sets(st.integers(1, 4)))
def test_a_second_look_at_one_answer_brings_nothing(found: list[tuple[int, bool, bool]], vanished: set[int]) -> None:
    answer = [
        deleted(post, f"{number}" if has_key else f"post-{post}-{number}")
        if is_deleted
        else attachment(f"{number}", post)
        for number, (post, is_deleted, has_key) in enumerate(found)
    ]
    rows = [attachment_row(each.key, post=each.post) for each in answer]
    left = [each for each in answer if each.post not in vanished]
    news = find_news(left, rows)
    assert news.attachments == ()
    assert set(news.deleted) == {each.key for each in left if each.deleted}
