"""The pages of the sample board: plain HTML, made from the API answer, that loads nothing but its own thumbnails."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from string import Template
from typing import Any, Protocol
from urllib.parse import quote

_TAG = re.compile(r"<[^>]*>")

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
  :root { color-scheme: light dark; --line: light-dark(#d5d9e2, #3a3f4b); --card: light-dark(#ffffff, #23262e); }
  body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; font: 15px/1.5 system-ui, sans-serif;
         background: light-dark(#f1f3f8, #181a20); color: light-dark(#23262e, #e4e7ee); }
  h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
  .about { color: light-dark(#5b6270, #a2a9b8); margin: 0 0 1.5rem; }
  article { display: flow-root; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
            padding: .75rem 1rem; margin: 0 0 .75rem; }
  article header, figcaption { font-size: .85rem; color: light-dark(#5b6270, #a2a9b8); }
  figure { float: left; margin: .5rem 1rem 0 0; }
  figure img { display: block; border-radius: .25rem; }
  p { margin: .5rem 0 0; }
</style>
</head>
<body>
<h1>$title</h1>
<p class="about">$about</p>
$posts
</body>
</html>
""")


class Thread(Protocol):
    """What the board needs to know of a thread."""

    @property
    def board(self) -> str:
        """The short name of its board."""

    @property
    def no(self) -> int:
        """Its number."""

    @property
    def modified(self) -> int:
        """Unix seconds of its last change."""

    def answer(self) -> dict[str, Any]:
        """What its API address answers."""

    def media(self) -> Mapping[str, bytes]:
        """The bytes behind each media path, paths without percent-encoding."""


def thread_page(thread: Thread, media_root: str = "") -> str:
    """The HTML of a thread; pictures are linked below ``media_root``."""
    posts = thread.answer()["posts"]
    about = f"/{thread.board}/ · {len(posts)} posts · a sample thread, served by this machine to itself"
    articles = "\n".join(_post(post, f"{media_root}/{thread.board}") for post in posts)
    return _PAGE.substitute(title=_words(_title(thread)), about=escape(about), posts=articles)


def index_page(threads: Iterable[Thread]) -> str:
    """The HTML list of threads."""
    rows = "\n".join(
        f'<article><a href="/{thread.board}/thread/{thread.no}">{_words(_title(thread))}</a></article>'
        for thread in threads
    )
    return _PAGE.substitute(title="Sample board", about="Served by this machine to itself", posts=rows)


def _title(thread: Thread) -> str:
    title: str = thread.answer()["posts"][0].get("sub") or f"Thread {thread.no}"
    return title


def _words(markup: str) -> str:
    """The words of API markup, without its tags."""
    return escape(unescape(_TAG.sub(" ", markup)))


def _post(post: Mapping[str, Any], root: str) -> str:
    no = post["no"]
    head = f'<header><b>{_words(post.get("name", ""))}</b> No. <a href="#p{no}">{no}</a></header>'
    words = f"<p>{_words(post['com'])}</p>" if "com" in post else ""
    return f'<article id="p{no}">{head}{_figure(post, root)}{words}</article>'


def _figure(post: Mapping[str, Any], root: str) -> str:
    if "filedeleted" in post:
        return "<figure><figcaption>The file was deleted.</figcaption></figure>"
    if "tim" not in post:
        return ""
    name, ext = post.get("filename", ""), post.get("ext", "")
    address = f"{root}/{quote(name if root.endswith('/f') else str(post['tim']))}{ext}"
    size = f'width="{post["tn_w"]}" height="{post["tn_h"]}"' if post.get("tn_w") else ""
    picture = f'<img src="{root}/{post["tim"]}s.jpg" {size} alt="" loading="lazy">' if size else "file"
    caption = f"{_words(name)}{ext}, {post.get('w')} × {post.get('h')}, {post.get('fsize', 0) // 1024} KB"
    return f'<figure><a href="{address}">{picture}</a><figcaption>{caption}</figcaption></figure>'
