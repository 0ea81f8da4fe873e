"""The bench's site: generated files and a thread's JSON behind nginx, HTTPS on loopback, with the variants that are measured.

Made anew in a temporary folder: nothing is downloaded, nothing is kept.
"""

import base64
import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from board.certificates import make_certificate

BOARD, THREAD = "b", 1
_NGINX = """
{user}
worker_processes 1; daemon off; pid {run}/pid; error_log {run}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; keepalive_timeout 60s;
  client_body_temp_path {run}/body; proxy_temp_path {run}/proxy; fastcgi_temp_path {run}/f; uwsgi_temp_path {run}/u;
  scgi_temp_path {run}/s;
  types {{ application/json json; image/jpeg jpg; video/webm webm; }}
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};
    root {root}; {rate}
  }}
}}
"""


@dataclass(frozen=True)
class File:
    """One file of the thread."""

    name: str
    size_bytes: int
    md5: str


@dataclass(frozen=True)
class Site:
    """A running site. ``port`` is where clients connect: nginx, or the delay before it."""

    folder: Path
    files: tuple[File, ...]
    authority: Path
    port: int

    @property
    def root_url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def urls(self) -> list[str]:
        return [f"{self.root_url}/{BOARD}/{file.name}" for file in self.files]


def thread_of_pictures() -> list[int]:
    """Sizes of a picture thread as they are: 151 files, about 100 MB, pictures and now and then a video ten times as large."""
    return [
        3_000_000 + (number * 7919) % 2_000_000 if number % 12 == 11 else 60_000 + (number * 104_729) % 700_000
        for number in range(151)
    ]


def small_files(count: int) -> list[int]:
    """``count`` files of 20 to 60 KB."""
    return [20_000 + (number * 7919) % 40_000 for number in range(count)]


@contextlib.contextmanager
def serve(folder: Path, sizes: list[int], *, delay_s: float = 0.0, rate_bytes_per_s: int = 0) -> Iterator[Site]:
    """The site with files of these sizes, each connection limited to a rate, every round trip delayed."""
    certificate = make_certificate(folder, ["127.0.0.1"])
    root = folder / "root"
    files = _write_files(root, sizes)
    port = _free_port()
    run = folder / "run"
    run.mkdir(exist_ok=True)
    config = _NGINX.format(
        run=run,
        user="user root;" if os.geteuid() == 0 else "",  # else its workers could not read a temporary folder
        port=port,
        root=root,
        certificate=certificate.chain,
        key=certificate.key,
        rate=f"limit_rate {rate_bytes_per_s};" if rate_bytes_per_s else "",
    )
    (folder / "nginx.conf").write_text(config)
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx, "the bench needs nginx"
    processes = [subprocess.Popen([nginx, "-p", str(run), "-c", str(folder / "nginx.conf")])]
    try:
        _wait_for(port)
        if delay_s:
            outside = _free_port()
            relay = [sys.executable, str(Path(__file__).with_name("relay.py")), str(outside), str(port), str(delay_s)]
            processes.append(subprocess.Popen(relay))
            _wait_for(outside)
            port = outside
        yield Site(root, files, certificate.authority, port)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(10)


def _write_files(root: Path, sizes: list[int]) -> tuple[File, ...]:
    media = root / BOARD
    (media / "thread").mkdir(parents=True, exist_ok=True)
    block = os.urandom(1 << 20)
    files, posts = [], []
    for number, size in enumerate(sizes):
        shift = number % 1000
        body = (b"\xff\xd8\xff" + number.to_bytes(4, "big") + block[shift:] + block * (size // len(block) + 1))[:size]
        tim = 1_700_000_000_000_000 + number
        name = f"{tim}.jpg"
        (media / name).write_bytes(body)
        digest = hashlib.md5(body).digest()
        files.append(File(name, size, digest.hex()))
        posts.append(
            {
                "no": THREAD + number,
                "resto": THREAD if number else 0,
                "time": 1_700_000_000,
                "tim": tim,
                "filename": f"picture {number % 40}",
                "ext": ".jpg",
                "fsize": size,
                "md5": base64.b64encode(digest).decode(),
                **({"sub": "A thread to measure"} if number == 0 else {}),
            }
        )
    (media / "thread" / f"{THREAD}.json").write_text(json.dumps({"posts": posts}))
    return tuple(files)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
    raise TimeoutError(f"nothing listens on {port}")
