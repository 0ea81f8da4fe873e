"""Threads for the board: plain ones of any size, the hard one, and recorded answers with made-up bytes."""

import base64
import hashlib
import json
import os
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadreel.demo.pictures import media_bytes
from threadreel.demo.samples import SampleFile, SamplePost, SampleThread

_FIRST_TIME = 1_750_000_000
_KINDS = (".jpg", ".png", ".gif", ".webm")


def plain_thread(
    files: int = 5,
    size_bytes: int | Sequence[int] = 10_000,
    *,
    board: str = "g",
    no: int = 1000,
    title: str = "A plain thread",
    kinds: Sequence[str] = _KINDS,
    seed: object = "plain",
    thumbnails: bool = False,
) -> SampleThread:
    """``files`` different files with different names; sizes, when several, are taken in turn.

    Two plain threads of one seed hold the same bytes, file by file, under different ``tim`` unless ``no`` is equal.
    """
    sizes = [size_bytes] if isinstance(size_bytes, int) else list(size_bytes)
    made = [
        (f"file {index:04}", kinds[index % len(kinds)], sizes[index % len(sizes)], f"{seed} {index}")
        for index in range(files)
    ]
    return _thread(made, board=board, no=no, title=title, thumbnails=thumbnails)


def named_thread(names: Iterable[str], size_bytes: int = 2_000, *, board: str = "g", no: int = 1000) -> SampleThread:
    """One different file for each ``name.ext``: equal names are different files. A name may be empty or hostile."""
    made = []
    for index, name in enumerate(names):
        stem, dot, ext = name.rpartition(".")
        made.append((stem, dot + ext, size_bytes, f"named {index}"))
    return _thread(made, board=board, no=no, title="Names")


def hard_thread(*, board: str = "g", no: int = 4242) -> SampleThread:
    """150 files, and a post whose file was deleted: every name that has ever hurt somebody, several times."""
    names = list(_hard_names())
    filler = [f"image {index % 7}.{('jpg', 'png', 'gif', 'webm')[index % 4]}" for index in range(150 - len(names))]
    sizes = random.Random("hard sizes")
    made = []
    for index, name in enumerate(names + filler):
        stem, dot, ext = name.rpartition(".")
        made.append((stem, dot + ext, sizes.randrange(600, 40_000), f"hard {index}"))
    thread = _thread(made, board=board, no=no, title="A hard thread: 150 files / <b>& one deleted</b>")
    gone = SamplePost(no + 900, thread.modified, "My file was deleted.", SampleFile(0, "", "", b"", deleted=True))
    return SampleThread(board, thread.title, (*thread.posts, gone), thread.modified)


def _hard_names() -> Iterator[str]:
    # equal, and equal but for case
    yield from ["image.jpg"] * 12
    yield from ["Spoiler Image.png", "Speccy.png", "speccy.png", "SPECCY.PNG".lower(), "sPeCcY.png", "speccy.jpg"]
    yield from ["straße.png", "STRASSE.png", "ﬁle.png", "file.png", "İstanbul.png", "i̇stanbul.png"]
    # one name in two normal forms
    yield from ["caf\u00e9.jpg", "cafe\u0301.jpg"]
    # names of devices
    yield from [
        "CON.png",
        "con.jpg",
        "aux.png",
        "NUL.gif",
        "PRN.webm",
        "COM1.png",
        "lpt9.jpg",
        "COM¹.png",
        "con.tar.png",
    ]
    # dots and spaces at the ends
    yield from [
        "....png",
        "..png",
        "trailing....jpg",
        "trailing .jpg",
        " leading.jpg",
        "   .png",
        ".hidden.png",
        "~.png",
    ]
    # no name at all
    yield from [".jpg", ".jpg", ".png"]
    # as long as a name can be, in three scripts
    for letter in ("w", "я", "漢"):
        yield f"{letter * 300}.png"
        yield f"{letter * 300}.png"
        yield f"{letter * 299}!.png"
    yield f"{'👩‍👩‍👧' * 60}.gif"
    # bidi and control characters, and what looks like nothing
    yield from [
        "\u202egnp.exe.png",
        "\u2066isolate\u2069.jpg",
        "bell\a.png",
        "line\nbreak.jpg",
        "tab\t.png",
        "nul\0.png",
    ]
    yield from [
        "\u200bzero.png",
        "zero.png",
        "\ufeff.jpg",
        "\x7f.gif",
        "lone \ud800.png".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    ]
    # markup, entities as the poster typed them
    yield from ['Tom & Jerry\'s "best" <3.jpg', "&amp;.png", "&#x27;.png", "a;b.png"]
    # paths and addresses
    yield from ["../../etc/passwd.png", "/absolute.png", "C:\\Users\\me\\x.png", "a/b/c.jpg", "..\\..\\up.gif"]
    yield from ["https://example.org/?u=a&f=1.jpg", "?u=https%3A%2F%2Fexample.org%2Fa&amp;f=1.png", "%2e%2e%2fup.png"]
    # what is special to shells, NTFS and this program
    yield from [
        'a:b*c?"d<e>f|g.png',
        "$HOME.png",
        "`id`.png",
        "-rf.png",
        "report.json.png",
        "x.part.png",
        "name:stream.png",
    ]
    yield from ["1750000000000001.png", "{tim} {name}.png", "%s %d.png"]


def _thread(
    made: Iterable[tuple[str, str, int, str]], *, board: str, no: int, title: str, thumbnails: bool = False
) -> SampleThread:
    posts = [SamplePost(no, _FIRST_TIME, "The first post.")]
    for index, (name, ext, size_bytes, seed) in enumerate(made, start=1):
        tim = (_FIRST_TIME + no) * 1_000_000 + index
        thumbnail = media_bytes(seed, ".jpg", width=64, height=64) if thumbnails else b""
        file = SampleFile(tim, name, ext, media_bytes(seed, ext, size_bytes), thumbnail)
        posts.append(SamplePost(no + index, _FIRST_TIME + index, f"post {index}", file))
    return SampleThread(board, title, tuple(posts), posts[-1].time)


@dataclass(frozen=True)
class RecordedThread:
    """A recorded API answer with bytes behind it. ``modified`` is the time of its last post."""

    board: str
    json: dict[str, Any]
    bodies: dict[str, bytes]

    @property
    def no(self) -> int:
        return self.json["posts"][0]["no"]

    @property
    def modified(self) -> int:
        return max(post.get("time", 0) for post in self.json["posts"])

    def answer(self) -> dict[str, Any]:
        return self.json

    def media(self) -> dict[str, bytes]:
        return self.bodies


def thread_from_recorded(path: Path, *, board: str = "g", most_bytes: int = 4_000) -> RecordedThread:
    """A recorded answer as it is, but for ``fsize`` and ``md5``: those of made-up bytes of the right kind.

    Equal recorded hashes stay equal. A file is as long as it was, but at most ``most_bytes``.
    """
    answer = json.loads(path.read_text(encoding="utf-8"))
    bodies = {}
    for post in answer["posts"]:
        if "tim" not in post or "ext" not in post or "filedeleted" in post:
            continue
        seed = post.get("md5") or f"{path.name} {post['tim']}"
        body = media_bytes(seed, post["ext"], min(post.get("fsize", most_bytes), most_bytes))
        post["fsize"] = len(body)
        post["md5"] = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode("ascii")
        name = post.get("filename", "") if board == "f" else post["tim"]
        bodies[f"/{board}/{name}{post['ext']}"] = body
    return RecordedThread(board, answer, bodies)


@dataclass(frozen=True)
class Snapshot:
    """A thread as the API shows it at one moment. ``modified`` is the board's word for when it last changed."""

    board: str
    no: int
    posts: tuple[dict[str, Any], ...]
    modified: int
    bodies: dict[str, bytes]

    def answer(self) -> dict[str, Any]:
        return {"posts": list(self.posts)}

    def media(self) -> dict[str, bytes]:
        return self.bodies


class Life:
    """One thread from its first post to its end: each method is the board's next view of it, for ``Board.add``.

    life = Life(plain_thread(9), links=[2000])
    board.add(life.grown(3))        # the first post and two more
    board.add(life.grown(10))       # all of it
    board.add(life.archived())      # the same, and no more will come
    board.add(life.stub())          # what is left of a removed one: a reply without its first post
    """

    def __init__(self, thread: SampleThread, links: Sequence[int] = ()) -> None:
        self._thread, self._links = thread, tuple(links)
        self._posts = len(thread.posts)
        self._changes = 0

    @property
    def no(self) -> int:
        return self._thread.no

    def grown(self, posts: int, *, deleted: Sequence[int] = ()) -> Snapshot:
        """So many posts; of those numbered ``deleted`` (from 0) the file was taken away."""
        self._posts = posts
        made = self._thread.answer()["posts"][:posts]
        for index in deleted:
            made[index] = {name: value for name, value in made[index].items() if name in _WORDS} | {"filedeleted": 1}
        return self._shown(made)

    def archived(self) -> Snapshot:
        """As it was, and closed for ever."""
        first, *rest = self._thread.answer()["posts"][: self._posts]
        return self._shown([first | {"archived": 1, "closed": 1, "archived_on": self._thread.modified}, *rest])

    def stub(self) -> Snapshot:
        """One reply, and not the post that it replies to."""
        return self._shown([{"no": self.no + 1, "resto": self.no, "time": self._thread.modified, "com": "A reply."}])

    def _shown(self, posts: list[dict[str, Any]]) -> Snapshot:
        self._changes += 1
        board = self._thread.board
        if self._links:
            places = (f"/{board}/thread/{no}#p{no}" for no in self._links)
            posts[-1] = posts[-1] | {
                "com": "<br>".join(f'<a href="{place}" class="quotelink">here</a>' for place in places)
            }
        tims = {str(post.get("tim")) for post in posts}
        media = {path: body for path, body in self._thread.media().items() if _tim_of(path) in tims}
        return Snapshot(board, self.no, tuple(posts), self._thread.modified + self._changes, media)


#: what stays of a post whose file is gone
_WORDS = ("no", "resto", "time", "name", "com", "sub")


def _tim_of(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def catalog(threads: Iterable[Any], per_page: int = 15) -> list[dict[str, Any]]:
    """What the catalog's API address answers: pages of first posts, first the thread that was bumped last."""
    bumped = sorted(threads, key=lambda thread: -thread.modified)
    firsts = [thread.answer()["posts"][0] | {"last_modified": thread.modified} for thread in bumped]
    starts = range(0, len(firsts), per_page)
    return [{"page": number, "threads": firsts[start : start + per_page]} for number, start in enumerate(starts, 1)]


def recorded_threads() -> list[Path]:
    """The recorded 4chan threads: in THREADREEL_RECORDED, else beside this checkout."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "recorded"
    directory = Path(os.environ.get("THREADREEL_RECORDED", beside)) / "4chan"
    found = sorted(path for path in directory.glob("thread-*.json") if "tail" not in path.name)
    assert found, f"no recorded threads in {directory}: set THREADREEL_RECORDED to the folder that holds 4chan/"
    return found
