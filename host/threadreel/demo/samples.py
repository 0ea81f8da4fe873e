"""Sample threads: posts with generated files, in the words of the 4chan API, and the two threads of the demo.

A thread gives the board what it serves: the API answer, the bytes behind each media path, and the posts for the page.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from threadreel.demo.pictures import media_bytes

_FIRST_TIME = 1_760_000_000
_THUMBNAIL_MAX_PIXELS = 160


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A post's file. ``filename``: the poster's own name without extension; ``deleted``: the API no longer shows it."""

    tim: int
    filename: str
    ext: str
    body: bytes
    thumbnail: bytes = b""
    width: int = 8
    height: int = 8
    deleted: bool = False

    def as_json(self) -> dict[str, Any]:
        """The file fields of a post: ``md5`` in base64, the name with HTML entities."""
        if self.deleted:
            return {"filedeleted": 1}
        scale = min(1.0, _THUMBNAIL_MAX_PIXELS / max(self.width, self.height)) if self.thumbnail else 0
        return {
            "filename": html.escape(self.filename).replace("&#x27;", "&#039;"),
            "ext": self.ext,
            "w": self.width,
            "h": self.height,
            "tn_w": round(self.width * scale),
            "tn_h": round(self.height * scale),
            "tim": self.tim,
            "md5": base64.b64encode(hashlib.md5(self.body, usedforsecurity=False).digest()).decode("ascii"),
            "fsize": len(self.body),
        }

    def path(self, board: str) -> str:
        """Where the file is below the media root, not percent-encoded; on /f/ files go by their posters' names."""
        return f"/{board}/{self.as_json()['filename']}{self.ext}" if board == "f" else f"/{board}/{self.tim}{self.ext}"


@dataclass(frozen=True, slots=True)
class SamplePost:
    """A post. ``text`` is plain text; ``file`` None for a post of words only."""

    no: int
    time: int
    text: str = ""
    file: SampleFile | None = None
    name: str = "Anonymous"

    def as_json(self, thread: int) -> dict[str, Any]:
        """The post as the API shows it."""
        answer: dict[str, Any] = {"no": self.no, "resto": 0 if self.no == thread else thread, "time": self.time}
        answer["name"] = self.name
        if self.text:
            answer["com"] = html.escape(self.text).replace("\n", "<br>")
        return answer | (self.file.as_json() if self.file else {})


@dataclass(frozen=True, slots=True)
class SampleThread:
    """A thread. ``modified`` (Unix seconds) is what the API says in Last-Modified."""

    board: str
    title: str
    posts: tuple[SamplePost, ...]
    modified: int

    @property
    def no(self) -> int:
        """The number of the first post, which is the thread's."""
        return self.posts[0].no

    def answer(self) -> dict[str, Any]:
        """The API answer."""
        posts = [post.as_json(self.no) for post in self.posts]
        files = sum(post.file is not None for post in self.posts[1:])
        posts[0] |= {"sub": html.escape(self.title), "replies": len(posts) - 1, "images": files}
        return {"posts": posts}

    def files(self) -> Iterator[SampleFile]:
        """The files that are still served, in post order."""
        return (post.file for post in self.posts if post.file is not None and not post.file.deleted)

    def media(self) -> dict[str, bytes]:
        """The bytes behind every media path: files and thumbnails."""
        paths = {file.path(self.board): file.body for file in self.files()}
        thumbnails = {f"/{self.board}/{file.tim}s.jpg": file.thumbnail for file in self.files() if file.thumbnail}
        return paths | thumbnails


def demo_threads() -> tuple[SampleThread, SampleThread]:
    """Two threads of generated pictures, 36 and 24 files: with equal original names, and one file that was deleted."""
    return _waves(), _tiles()


def _waves() -> SampleThread:
    names = ["dunes", "aurora", "untitled", "reef", "untitled", "marble", "tide", "velvet", "untitled", "ember", "moss"]
    posts = [
        _post(
            1000,
            0,
            "waves",
            names[0],
            ".png",
            "Wallpapers made of waves. All of them were drawn just now, on this machine.",
        )
    ]
    for index in range(1, 37):
        ext = ".gif" if index % 6 == 0 else ".png"
        name = names[index % len(names)] if index % 3 else f"wave {index:02}"
        posts.append(_post(1000, index, "waves", name, ext, _REMARKS.get(index, ""), deleted=index == 17))
    return SampleThread("demo", "Wallpapers made of waves", tuple(posts), posts[-1].time)


def _tiles() -> SampleThread:
    posts = [_post(2000, 0, "tiles", "bathroom floor", ".jpg", "Tiles, please. The bigger the wall, the better.")]
    posts += [
        _post(2000, index, "tiles", "tiles" if index % 4 else f"tiles {index:02}", ".jpg", "") for index in range(1, 24)
    ]
    return SampleThread("demo", "Tiles & mosaics", tuple(posts), posts[-1].time)


_REMARKS = {
    3: "Nice. The third one looks like the sea from a plane.",
    9: "Same name again, other picture. A good downloader keeps both.",
    17: "I took this one back, it was crooked.",
    24: "Saving this thread.",
    36: "That is all of them.",
}


def _post(thread: int, index: int, theme: str, name: str, ext: str, text: str, *, deleted: bool = False) -> SamplePost:
    time = _FIRST_TIME + thread * 1000 + index * 97
    seed, width, height = f"{theme} {index}", 800, 600
    body = b"" if deleted else media_bytes(seed, ext, width=width, height=height)
    thumbnail = b"" if deleted else media_bytes(seed, ".jpg", width=width, height=height)
    tim = time * 1_000_000 + 1234 * index
    return SamplePost(thread + index, time, text, SampleFile(tim, name, ext, body, thumbnail, width, height, deleted))
