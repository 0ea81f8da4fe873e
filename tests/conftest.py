"""Fixtures for every room: a board on loopback, a home of one's own, and no thread left behind."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from board.certificates import Certificate, make_certificate
from board.server import REAL_NAMES, Board
from threadreel.library.ledger import Ledger

_PROXY_VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
)
_THREAD_LIMIT_S = 5


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail a test after which a thread lives that would keep the process alive."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:
            thread.join(_THREAD_LIMIT_S)
            assert not thread.is_alive(), f"the test left {thread} behind"


@pytest.fixture(autouse=True)
def nobodys_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the developer's proxies nor the developer's library are any test's business."""
    for name in _PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("THREADREEL_HOME", str(tmp_path_factory.getbasetemp() / "nobody"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """THREADREEL_HOME of this test alone; the folder is not there yet."""
    monkeypatch.setenv("THREADREEL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """One certificate for every board of the run."""
    return make_certificate(tmp_path_factory.mktemp("certificate"), REAL_NAMES)


@pytest.fixture
def board(tmp_path: Path, certificate: Certificate) -> Iterator[Board]:
    """A running board without threads: ``board.add`` some, and say what goes wrong with ``board.script``."""
    with Board(tmp_path, certificate=certificate) as running:
        yield running


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger, beside where the test's files may lie."""
    opened = Ledger(tmp_path / "data" / "ledger.sqlite3")
    yield opened
    opened.close()
