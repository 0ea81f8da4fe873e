"""Thread JSON becomes attachments: every file counted once, whatever fields are missing, old, misshapen or hostile."""

from __future__ import annotations

import base64
import html
import json
import os
from pathlib import Path
from typing import Any

import pytest

from threadreel.errors import SiteError
from threadreel.sites.base import Attachment, MediaKind, PageKind, Target, ThreadAnswer
from threadreel.sites.fourchan import FOURCHAN

RECORDED = Path(os.environ.get("THREADREEL_RECORDED") or Path(__file__).resolve().parents[3] / "shared" / "recorded")
MD5 = base64.b64encode(bytes(range(16))).decode()
MD5_HEX = bytes(range(16)).hex()
OP: dict[str, Any] = {"no": 100, "resto": 0, "time": 1700000000, "name": "Anonymous"}
FILE: dict[str, Any] = {
    "tim": 1700000000123456,
    "filename": "holiday",
    "ext": ".jpg",
    "w": 800,
    "h": 600,
    "tn_w": 250,
    "tn_h": 187,
    "fsize": 54321,
    "md5": MD5,
}


def reply(no: int, **fields: Any) -> dict[str, Any]:
    return {"no": no, "resto": 100, "time": 1700000000 + no, **fields}


def read(*posts: Any, board: str = "g", thread: int = 100) -> ThreadAnswer:
    target = Target("4chan", PageKind.THREAD, f"https://boards.4chan.org/{board}/thread/{thread}", board, thread)
    return FOURCHAN.read_thread(target, {"posts": list(posts)})


def read_one(board: str = "g", **fields: Any) -> Attachment:
    (file,) = read(OP, reply(101, **fields), board=board).attachments
    return file


def test_file_has_everything_the_api_tells() -> None:
    assert read_one(**FILE) == Attachment(
        key="1700000000123456",
        post=101,
        name="holiday",
        ext=".jpg",
        urls=("https://i.4cdn.org/g/1700000000123456.jpg",),
        size_bytes=54321,
        md5=MD5_HEX,
        width=800,
        height=600,
        time=1700000101,
    )


def test_files_stay_in_post_order_and_posts_without_file_are_counted() -> None:
    thread = read({**OP, **FILE}, reply(101), reply(102, **{**FILE, "tim": 3}), reply(103, **{**FILE, "tim": 2}))
    assert [(file.post, file.key) for file in thread.attachments] == [
        (100, "1700000000123456"),
        (102, "3"),
        (103, "2"),
    ]
    assert thread.posts == 4


@pytest.mark.parametrize("tim", [1399051774807, 1790893363131132, 1, "1563642402862"])
def test_tim_of_any_age_is_the_key_as_text(tim: int | str) -> None:
    file = read_one(**{**FILE, "tim": tim})
    assert (file.key, file.urls) == (str(tim), (f"https://i.4cdn.org/g/{tim}.jpg",))


@pytest.mark.parametrize("tim", [None, 0, -5, 1.5, True, [], {}, "", "0", "x", "12/../3", "1" * 20, 2**63, "１２"])
def test_file_without_a_usable_tim_is_counted_but_cannot_be_fetched(tim: Any) -> None:
    file = read_one(**{**FILE, "tim": tim})
    assert (file.key, file.name, file.urls, file.deleted) == ("post-101", "holiday", (), False)


@pytest.mark.parametrize(
    "fields", [{"tim": 5}, {"tim": 5, "ext": None}, {"filename": "a"}, {"ext": ".png"}, {"md5": MD5}]
)
def test_file_of_which_little_is_told_is_counted_but_cannot_be_fetched(fields: dict[str, Any]) -> None:
    assert read_one(**fields).urls == ()


def test_empty_old_style_fields_are_no_file() -> None:
    empty = {"filename": "", "ext": "", "md5": "", "sub": "", "email": "", "trip": "", "filedeleted": 0}
    assert read(OP, reply(101, **empty)).attachments == ()


def test_deleted_file_is_counted_by_its_post() -> None:
    file = read_one(filedeleted=1)
    assert (file.key, file.deleted, file.urls, file.name, file.ext) == ("post-101", True, (), "", "")


def test_deleted_file_whose_number_is_still_told_keeps_it_as_key() -> None:
    file = read_one(**FILE, filedeleted=1)
    assert (file.key, file.deleted, file.urls) == ("1700000000123456", True, ())


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("", ""),
        ("&quot;cirno&quot;", '"cirno"'),
        ("CROW&#039;S &amp;amp; co", "CROW'S &amp; co"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("名称未設定\x00\u202e", "名称未設定\x00\u202e"),
        ("100%20", "100%20"),
        ("&#" + "1" * 5000 + ";", "\ufffd"),
        (None, ""),
        (7, ""),
    ],
)
def test_name_is_the_posters_with_entities_decoded_once(filename: Any, name: str) -> None:
    file = read_one(**{**FILE, "filename": filename})
    assert file.name == name
    assert file.urls == ("https://i.4cdn.org/g/1700000000123456.jpg",)


@pytest.mark.parametrize(
    ("ext", "kind"),
    [(".jpg", MediaKind.IMAGES), (".JPG", MediaKind.IMAGES), (".webm", MediaKind.VIDEOS), (".pdf", MediaKind.OTHER)],
)
def test_extension_is_kept_as_given(ext: str, kind: MediaKind) -> None:
    file = read_one(**{**FILE, "ext": ext})
    assert (file.name, file.ext, file.kind) == ("holiday", ext, kind)
    assert file.urls == (f"https://i.4cdn.org/g/1700000000123456{ext}",)


@pytest.mark.parametrize(
    ("ext", "segment"),
    [
        ("/../../x.jpg", "1700000000123456%2F..%2F..%2Fx.jpg"),
        (".toolong", "1700000000123456.toolong"),
        (".jpg\n", "1700000000123456.jpg%0A"),
        (".ﬁ?#", "1700000000123456.%EF%AC%81%3F%23"),
        (".\ud800", "1700000000123456.%3F"),
        ("jpg", "1700000000123456jpg"),
    ],
)
def test_hostile_extension_moves_into_the_name_and_cannot_leave_the_path(ext: str, segment: str) -> None:
    file = read_one(**{**FILE, "ext": ext})
    assert (file.name, file.ext, file.kind) == ("holiday" + ext, "", MediaKind.OTHER)
    assert file.urls == (f"https://i.4cdn.org/g/{segment}",)


@pytest.mark.parametrize(
    "md5", [None, 5, "", MD5[:-1], MD5 + "=", "*" * 24, "A" * 24, "é" * 24, MD5_HEX, f"{MD5[:10]}\n{MD5[11:]}"]
)
def test_md5_that_is_none_is_left_out(md5: Any) -> None:
    assert read_one(**{**FILE, "md5": md5}).md5 is None


@pytest.mark.parametrize("value", [None, -1, 1.5, "5", True, [5], 2**63])
def test_numbers_of_the_wrong_type_or_range_are_left_out(value: Any) -> None:
    file = read_one(**{**FILE, "fsize": value, "w": value, "h": value, "time": value})
    assert (file.size_bytes, file.width, file.height, file.time) == (None, None, None, None)


def test_empty_file_has_size_zero() -> None:
    assert read_one(**{**FILE, "fsize": 0}).size_bytes == 0


def test_spoiler_is_told_and_other_keys_are_ignored() -> None:
    file = read_one(**FILE, spoiler=1, custom_spoiler=3, m_img=1, xmas_hat="yes", since4pass=2016)
    assert file.spoiler
    assert len(file.urls) == 1
    assert not read_one(**FILE, spoiler=0).spoiler


def test_keys_are_made_unique() -> None:
    thread = read(
        {**OP, **FILE}, reply(101, **FILE), reply(102, **FILE), reply(103, filedeleted=1), reply(103, ext=".a")
    )
    tim = "1700000000123456"
    assert [file.key for file in thread.attachments] == [tim, f"{tim}-2", f"{tim}-3", "post-103", "post-103-2"]


def test_post_without_a_number_keeps_its_file() -> None:
    (file,) = read(OP, {"tim": 7, "ext": ".gif"}).attachments
    assert (file.key, file.post) == ("7", 0)


def test_posts_that_are_no_objects_are_skipped() -> None:
    thread = read(None, 5, "x", [], {**OP, **FILE}, [OP])
    assert (thread.posts, len(thread.attachments)) == (1, 1)


@pytest.mark.parametrize(
    ("filename", "segments"),
    [
        ("Loop", ["Loop.swf"]),
        ("a b+c (1)!", ["a%20b%2Bc%20(1)!.swf"]),
        ("Tom &amp; Jerry", ["Tom%20%26amp%3B%20Jerry.swf", "Tom%20%26%20Jerry.swf"]),
        ("it&#039;s", ["it%26%23039%3Bs.swf", "it's.swf"]),
        ("音/..", ["%E9%9F%B3%2F...swf"]),
        ("", [".swf"]),
        ("lone\ud800", ["lone%3F.swf"]),
    ],
)
def test_flash_board_names_files_by_their_original_name(filename: str, segments: list[str]) -> None:
    file = read_one(board="f", **{**FILE, "filename": filename, "ext": ".swf", "tag": "Loop"})
    assert file.urls == tuple(f"https://i.4cdn.org/f/{segment}" for segment in segments)
    assert (file.key, file.name) == ("1700000000123456", html.unescape(filename))


def test_flash_board_without_tim_can_be_fetched() -> None:
    file = read_one(board="f", filename="Loop", ext=".swf")
    assert (file.key, file.urls) == ("post-101", ("https://i.4cdn.org/f/Loop.swf",))


def test_flash_board_never_asks_for_a_dot_segment() -> None:
    assert read_one(board="f", filename=".", ext=".").urls == ()
    assert read_one(board="f", tim=5, ext=".swf").urls == ()


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"sub": "Tom &amp; Jerry", "com": "text", "semantic_url": "tom-jerry"}, "Tom & Jerry"),
        ({"sub": "", "com": '<span class="quote">&gt;first</span> <wbr>line<br>second'}, ">first line"),
        ({"com": "word " * 30}, "word word word word word word word word word word word word"),
        ({"sub": 5, "com": [], "semantic_url": "the-slug"}, "the slug"),
        ({"semantic_url": None}, ""),
    ],
)
def test_title_comes_from_subject_comment_or_slug(fields: dict[str, Any], title: str) -> None:
    assert read({**OP, **fields}).title == title


@pytest.mark.parametrize(
    ("subject", "expected"),
    [("/lmg/ &amp; friends", "/lmg/ & friends"), (" two\n lines\u202e ", "two lines"), ("", ""), (None, ""), (7, "")],
)
def test_subject_is_one_line_of_plain_text(subject: Any, expected: str) -> None:
    assert read({**OP, "sub": subject, "com": "a comment"}).subject == expected


def test_file_brings_its_posts_words() -> None:
    file = read_one(
        **{**FILE, "com": '<a href="#p100" class="quotelink">&gt;&gt;100</a><br>it&#039;s <b>a</b> c<wbr>at'},
        name="Anon &amp; co",
        trip="!abc",
        id="X/y7",
    )
    assert (file.comment, file.poster) == (">>100\nit's a cat", "Anon & co !abc X/y7")
    plain = read_one(**FILE, com=None, trip=["!"], id=5)
    assert (plain.comment, plain.poster) == ("", "")


@pytest.mark.parametrize(
    ("comment", "links"),
    [
        ('<a href="/g/thread/500#p500" class="quotelink">&gt;&gt;500</a>', (500,)),
        ('<a href="//boards.4chan.org/g/thread/500" class="quotelink">x</a>', (500,)),
        ("new:<br>https://boards.<wbr>4channel.org/g/thread/500/new-thread-2#p501.", (500,)),
        ('<a href="500#p512" class="quotelink">&gt;&gt;512</a>', (500,)),
        ('<a class="quotelink" href="/g/res/500">x</a> <a href="/g/thread/600">y</a>', (500, 600)),
        ('<a href="/v/thread/500">another board</a>', ()),
        ('<a href="#p101" class="quotelink">&gt;&gt;101</a> <a href="/g/thread/100#p101">itself</a>', ()),
        ('<a href="/g/catalog#s=lmg">catalog</a> https://evil.test/g/thread/500', ()),
        ('<a href="//[::1/g/thread/5">x</a> <a href="">y</a> <a href="/g/thread/0">z</a>', ()),
        ("/g/thread/500 is only words", ()),
        (None, ()),
    ],
)
def test_links_to_other_threads_of_the_board_are_told(comment: Any, links: tuple[int, ...]) -> None:
    assert read(OP, reply(101, com=comment)).links == links


def test_links_come_from_the_last_posts_the_newest_first() -> None:
    posts = [reply(101 + n, com=f'<a href="/g/thread/{1000 + n // 2}">x</a>') for n in range(200)]
    links = read(OP, *posts).links
    assert links[:3] == (1099, 1098, 1097)
    assert len(links) == 25


@pytest.mark.parametrize(
    ("fields", "archived", "closed"),
    [
        ({}, False, False),
        ({"sticky": 0, "closed": 0, "archived": 0}, False, False),
        ({"sticky": 1, "closed": 1}, False, True),
        ({"archived": 1, "closed": 1, "archived_on": 1700000000, "tail_size": 50}, True, True),
        ({"archived": "yes", "closed": None}, False, False),
    ],
)
def test_archived_and_closed_are_told(fields: dict[str, Any], archived: bool, closed: bool) -> None:
    thread = read({**OP, **fields}, reply(101))
    assert (thread.archived, thread.closed) == (archived, closed)


@pytest.mark.parametrize(
    "answer", [None, [], "x", 5, {}, {"posts": None}, {"posts": {}}, {"threads": []}, {"error": "x"}]
)
def test_answer_that_is_no_thread_is_unreadable(answer: Any) -> None:
    with pytest.raises(SiteError, match="no list of posts") as caught:
        FOURCHAN.read_thread(
            Target("4chan", PageKind.THREAD, "https://boards.4chan.org/g/thread/100", "g", 100), answer
        )
    assert (caught.value.code, bool(caught.value.hint)) == ("site.unreadable", True)


@pytest.mark.parametrize(
    "posts", [[reply(101, **FILE)], [None, reply(101)], [reply(101), reply(102)], [{"resto": 100}]]
)
def test_stub_without_its_first_post_says_that_the_thread_is_gone(posts: list[Any]) -> None:
    with pytest.raises(SiteError, match="thread was removed") as caught:
        read(*posts)
    assert (caught.value.code, bool(caught.value.hint)) == ("thread.gone", True)


@pytest.mark.parametrize("posts", [[], [{"no": "100"}], [{"no": True}], [None], [{"no": 7, "resto": 0}]])
def test_posts_of_no_thread_say_nothing_about_it(posts: list[Any]) -> None:
    with pytest.raises(SiteError, match="first post") as caught:
        read(*posts)
    assert (caught.value.code, bool(caught.value.hint)) == ("site.unreadable", True)


def test_tail_of_a_thread_is_unreadable() -> None:
    stub = {"no": 100, "replies": 132, "images": 37, "tail_size": 50, "tail_id": 150}
    with pytest.raises(SiteError, match="last posts"):
        read(stub, reply(151, **FILE))


def test_first_post_is_found_wherever_it_stands() -> None:
    assert read(reply(101), {**OP, "sub": "late"}).title == "late"


def test_target_without_a_thread_is_unreadable() -> None:
    with pytest.raises(SiteError):
        FOURCHAN.read_thread(Target("4chan", PageKind.BOARD, "https://boards.4chan.org/g/", "g"), {"posts": [{}]})


OWN_THREADS: dict[str, Any] = {
    "own: repeated and odd names, deleted files": {
        "posts": [
            {**OP, **FILE, "sub": "wallpapers"},
            reply(101, **{**FILE, "tim": 1399051774807, "filename": "desktop", "ext": ".png"}),
            reply(102, **{**FILE, "tim": 1399051774808, "filename": "desktop", "ext": ".png"}),
            reply(103, **{**FILE, "tim": 1399051774809, "filename": "Desktop", "ext": ".png"}),
            reply(104, **{**FILE, "tim": 1399051774810, "filename": "", "ext": ".webm"}),
            reply(105, **{**FILE, "tim": 1399051774811, "filename": "a&amp;b &#039;c&#039;", "m_img": 1}),
            reply(106, filedeleted=1),
            reply(107, com="no file"),
        ]
    },
    "own: first post deleted": {"posts": [{**OP, "filedeleted": 1, "semantic_url": "still-here"}, reply(101, **FILE)]},
}
RECORDED_THREADS: dict[str, Any] = {
    path.name: json.loads(path.read_text("utf-8")) for path in sorted((RECORDED / "4chan").glob("thread-[0-9]*.json"))
}


@pytest.mark.parametrize(
    "answer", [pytest.param(a, id=name) for name, a in {**OWN_THREADS, **RECORDED_THREADS}.items()]
)
def test_whole_thread_reads_without_loss(answer: Any) -> None:
    posts = answer["posts"]
    with_file = [post for post in posts if "tim" in post or "filedeleted" in post]
    thread = read(*posts, board="w", thread=posts[0]["no"])
    files = thread.attachments
    assert thread.posts == len(posts)
    assert len(files) == len(with_file) > 0
    assert [file.key for file in files] == [str(post.get("tim", f"post-{post['no']}")) for post in with_file]
    assert len({file.key for file in files}) == len(files)
    assert [file.post for file in files] == [post["no"] for post in with_file]
    assert [file.deleted for file in files] == ["filedeleted" in post for post in with_file]
    assert [file.name for file in files] == [html.unescape(post.get("filename", "")) for post in with_file]
    assert [file.ext for file in files] == [post.get("ext", "") for post in with_file]
    assert [file.size_bytes for file in files] == [post.get("fsize") for post in with_file]
    assert [file.md5 for file in files] == [
        base64.b64decode(post["md5"]).hex() if "md5" in post else None for post in with_file
    ]
    assert all(file.deleted or len(file.md5 or "") == 32 for file in files)
    assert [file.urls for file in files] == [
        (f"https://i.4cdn.org/w/{post['tim']}{post['ext']}",) if "tim" in post else () for post in with_file
    ]
    assert 0 < len(thread.title) <= 120
    assert thread.title == " ".join(thread.title.split())
