"""TLS and proxies: the board under its real names."""

from pathlib import Path

import pytest
from engine_harness import Scene
from single_file import SIZE, one_file

from board import faults
from board.server import Board
from board.threads import plain_thread
from threadreel.engine.network.http import Http
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.policy import Policy
from threadreel.errors import HttpError


def test_a_thread_lands_over_tls_and_a_proxy(board: Board, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in board.environment().items():
        monkeypatch.setenv(name, value)
    thread = plain_thread(4, SIZE)
    board.add(thread)
    for index, path in enumerate(thread.media()):
        board.script(path, faults.cut(after=7_000, reset=bool(index % 2)))
    with Scene(board, home) as scene:
        (job,) = scene.start(board.real_url(thread))
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, saved=4)
        assert board.refused == []
        assert {entry.scheme for entry in board.requests()} == {"https"}


def test_a_certificate_nobody_vouches_for_is_refused_at_once(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in board.environment().items():
        if "PROXY" in name.upper():
            monkeypatch.setenv(name, value)
    thread, _, _ = one_file(board)
    with Scene(board, home) as scene:
        (job,) = scene.start(board.real_url(thread))
        scene.finish(job)
        error = scene.job(job)["error"]
        assert (scene.job(job)["state"], error["code"]) == ("failed", "http.tls")
        assert board.requests() == []


def test_a_broken_tls_connection_is_no_bad_certificate(board: Board) -> None:
    host = board.host  # speaks no TLS
    http = Http(lambda: Policy(user_agent="Test"))
    try:
        with pytest.raises(HttpError) as caught:
            http.get(f"https://{host}/", {}, frozenset({host}), Interruption())
        assert caught.value.code == "http.unreachable"
    finally:
        http.close()
