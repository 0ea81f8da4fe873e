"""The misbehaving board misbehaves as told: seen through a client, as the engine will see it."""

import http.client
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from board import faults
from board.server import Board
from board.threads import plain_thread

SIZE_BYTES = 50_000
LIMIT_S = 5


class Client:
    """One file of the board and the ways to ask for it."""

    def __init__(self, board: Board, session: requests.Session) -> None:
        thread = plain_thread(1, SIZE_BYTES, kinds=[".png"])
        board.add(thread)
        self.board, self.session = board, session
        ((self.path, self.body),) = thread.media().items()
        self.url = f"http://{board.media_host}{self.path}"

    def get(self, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.get(self.url, headers=named, timeout=LIMIT_S, allow_redirects=False)

    def raw(self, most_bytes: int) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer and as much of the body as comes, without any client's checks."""
        connection = http.client.HTTPConnection(self.board.media_host, timeout=LIMIT_S)
        try:
            connection.request("GET", self.path)
            answer = connection.getresponse()
            received = b""
            while len(received) < most_bytes and (piece := answer.read1(most_bytes - len(received))):
                received += piece
            return answer, received
        finally:
            connection.close()


@pytest.fixture
def client(board: Board) -> Iterator[Client]:
    with requests.Session() as session:
        session.trust_env = False
        yield Client(board, session)


def test_without_a_fault_the_file_is_served_whole_and_in_parts(client: Client) -> None:
    whole = client.get()
    assert (whole.status_code, whole.content) == (200, client.body)
    part = client.get(Range="bytes=100-", If_Range=whole.headers["ETag"])
    assert (part.status_code, part.content) == (206, client.body[100:])
    assert part.headers["Content-Range"] == f"bytes 100-{SIZE_BYTES - 1}/{SIZE_BYTES}"


@pytest.mark.parametrize("tenth", range(10))
def test_cut_sends_just_so_many_bytes_of_the_announced_ones(client: Client, tenth: int) -> None:
    after = SIZE_BYTES * tenth // 10
    client.board.script(client.path, faults.cut(after))
    answer, received = client.raw(SIZE_BYTES)
    assert answer.headers["Content-Length"] == str(SIZE_BYTES)
    assert received == client.body[:after]
    assert client.get().content == client.body


def test_cut_by_reset_is_felt_as_a_reset(client: Client) -> None:
    client.board.script(client.path, faults.cut(1000, reset=True))
    with pytest.raises(ConnectionResetError):
        client.raw(SIZE_BYTES)


def test_hang_up_answers_nothing(client: Client) -> None:
    client.board.script(client.path, faults.hang_up())
    with pytest.raises(http.client.RemoteDisconnected):
        client.raw(SIZE_BYTES)


def test_faults_count_requests_of_each_path_and_end(client: Client) -> None:
    client.board.script("/g/*", faults.status(503), faults.fine(), faults.status(404))
    assert [client.get().status_code for _ in range(4)] == [503, 200, 404, 200]


def test_then_spoils_every_later_request(client: Client) -> None:
    client.board.script(client.board.is_media, faults.fine(), then=faults.status(410))
    assert [client.get().status_code for _ in range(3)] == [200, 410, 410]


def test_a_script_over_all_paths_counts_them_together(board: Board, client: Client) -> None:
    other = plain_thread(2, 100, no=7)
    board.add(other)
    board.script("/g/*", faults.status(403), faults.status(403), each_path=False)
    answers = [
        client.session.get(f"http://{board.media_host}{path}", timeout=LIMIT_S)
        for path in [*other.media(), client.path]
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 200]


def test_ranges_go_wrong_in_every_way(client: Client) -> None:
    board, path, asked = client.board, client.path, "bytes=1000-"
    board.always(path, faults.ignore_range())
    assert (client.get(Range=asked).status_code, client.get(Range=asked).content) == (200, client.body)
    board.always(path, faults.wrong_range(7))
    moved = client.get(Range=asked)
    assert (moved.headers["Content-Range"], moved.content) == (
        f"bytes 1007-{SIZE_BYTES - 1}/{SIZE_BYTES}",
        client.body[1007:],
    )
    board.always(path, faults.lying_range(-7))
    lie = client.get(Range=asked)
    assert (lie.headers["Content-Range"], lie.content) == (
        f"bytes 1000-{SIZE_BYTES - 1}/{SIZE_BYTES}",
        client.body[993:-7],
    )
    board.always(path, faults.no_content_range())
    assert (client.get(Range=asked).status_code, "Content-Range" in client.get(Range=asked).headers) == (206, False)
    board.always(path, faults.unsatisfiable())
    assert (client.get(Range=asked).status_code, client.get().status_code) == (416, 200)


def test_a_changed_file_has_other_validators_and_defeats_if_range(client: Client) -> None:
    before = client.get()
    client.board.always(client.path, faults.changed(b"other"))
    after = client.get(Range="bytes=2-", If_Range=before.headers["ETag"])
    assert (after.status_code, after.content) == (200, b"other")
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.headers["Last-Modified"] != before.headers["Last-Modified"]
    client.board.always(client.path, faults.both(faults.changed(b"other"), faults.ignore_if_range()))
    assert client.get(Range="bytes=2-", If_Range=before.headers["ETag"]).content == b"her"


@pytest.mark.parametrize("difference", [-100, 100])
def test_a_wrong_length_is_announced_and_the_body_stays_what_it_is(client: Client, difference: int) -> None:
    client.board.script(client.path, faults.content_length(difference))
    answer, received = client.raw(2 * SIZE_BYTES)
    assert answer.headers["Content-Length"] == str(SIZE_BYTES + difference)
    assert received == client.body[: SIZE_BYTES + min(difference, 0)]


def test_length_missing_and_chunks(client: Client) -> None:
    client.board.script(client.path, faults.no_content_length(), faults.chunked())
    unsized, in_chunks = client.get(), client.get()
    assert "Content-Length" not in unsized.headers
    assert in_chunks.headers["Transfer-Encoding"] == "chunked"
    assert unsized.content == in_chunks.content == client.body


def test_endless_goes_on_past_the_file(client: Client) -> None:
    client.board.script(client.path, faults.endless())
    _, received = client.raw(10 * SIZE_BYTES)
    assert len(received) == 10 * SIZE_BYTES
    assert received.startswith(client.body)


def test_fakes_are_not_the_file(client: Client) -> None:
    script = [faults.challenge(), faults.json_body(), faults.empty(), faults.nul(), faults.wrong_signature()]
    client.board.script(client.path, *script)
    page, data, empty, nul, unknown = (client.get() for _ in script)
    assert page.text.startswith("<!DOCTYPE html>")
    assert data.json() == {"error": "Not found"}
    assert empty.content == b""
    assert nul.content == bytes(SIZE_BYTES)
    assert len(unknown.content) == SIZE_BYTES
    assert not unknown.content.startswith(b"\x89PNG")
    assert {answer.status_code for answer in (page, data, empty, nul, unknown)} == {200}


def test_recompressed_bytes_are_whole_of_the_kind_and_fewer_unless_the_cache_is_passed(client: Client) -> None:
    client.board.always(client.path, faults.recompressed(unless_query=True))
    answer = client.get()
    assert answer.content == faults.recompressed_bytes(client.body)
    assert answer.content[:8] == client.body[:8]
    assert len(answer.content) == int(answer.headers["Content-Length"]) < SIZE_BYTES
    past_the_cache = client.session.get(client.url + "?1", timeout=LIMIT_S)
    assert past_the_cache.content == client.body
    client.board.always(client.path, faults.recompressed())
    assert client.session.get(client.url + "?2", timeout=LIMIT_S).content == faults.recompressed_bytes(client.body)


def test_retry_after_in_seconds_and_as_a_date(client: Client) -> None:
    client.board.script(client.path, faults.status(429, 3), faults.status(503, timedelta(seconds=90)))
    assert client.get().headers["Retry-After"] == "3"
    date = parsedate_to_datetime(client.get().headers["Retry-After"])
    assert timedelta(seconds=80) < date - datetime.now(UTC) <= timedelta(seconds=90)


def test_redirects_lead_where_they_are_told(client: Client) -> None:
    board = client.board
    places = [f"http://{board.stranger}{{path}}", "http://{host}/elsewhere", "file:///etc/hostname"]
    board.script(client.path, *(faults.redirect(place, 301) for place in places))
    led = [client.get().headers["Location"] for _ in places]
    assert led == [
        f"http://{board.stranger}{client.path}",
        f"http://{board.media_host}/elsewhere",
        "file:///etc/hostname",
    ]
    assert client.session.get(led[0], timeout=LIMIT_S).content == client.body
    assert [entry.path for entry in board.requests(host=board.stranger)] == [client.path]


def test_a_missing_header_is_refused(client: Client) -> None:
    client.board.always("*", faults.needs_header("User-Agent", 429))
    assert client.get().status_code == 200
    assert client.raw(100)[0].status == 429


def test_a_stall_lasts_until_its_gate_opens(client: Client) -> None:
    gate = client.board.gate()
    client.board.script(client.path, faults.stall(gate, after=10_000))
    with client.session.get(client.url, stream=True, timeout=LIMIT_S) as answer:
        assert answer.raw.read(10_000) == client.body[:10_000]
        (entry,) = client.board.requests(client.path)
        assert entry.ended_s is None
        gate.set()
        assert answer.raw.read() == client.body[10_000:]


def test_a_stall_from_the_start_holds_even_the_status_back(client: Client) -> None:
    gate, answered = client.board.gate(), threading.Event()
    client.board.script(client.path, faults.stall(gate))

    def ask() -> None:
        client.get()
        answered.set()

    asking = threading.Thread(target=ask)
    asking.start()
    client.board.wait_until(lambda: client.board.requests(client.path))
    assert not answered.is_set()
    gate.set()
    asking.join(LIMIT_S)
    assert answered.is_set()


def test_a_stall_ends_when_the_client_goes_away(client: Client) -> None:
    client.board.script(client.path, faults.stall(client.board.gate(), after=5))
    with client.session.get(client.url, stream=True, timeout=LIMIT_S) as answer:
        assert answer.raw.read(5) == client.body[:5]
    (entry,) = client.board.wait_until(lambda: [entry for entry in client.board.requests() if entry.ended_s])
    assert entry.body_bytes == 5
    client.board.wait_until(lambda: client.board.record.open_connections(client.board.media_host) == 0)


def test_slow_keeps_to_its_speed(client: Client) -> None:
    client.board.script(client.path, faults.slow(200_000))
    assert client.get().content == client.body
    (entry,) = client.board.wait_until(lambda: [e for e in client.board.requests(client.path) if e.ended_s])
    assert 0.9 * SIZE_BYTES / 200_000 < entry.ended_s - entry.began_s < LIMIT_S


def test_a_closing_board_lets_stalled_clients_go(board: Board, client: Client) -> None:
    board.script(client.path, faults.stall(board.gate(), after=5))
    with client.session.get(client.url, stream=True, timeout=LIMIT_S) as answer:
        assert answer.raw.read(5) == client.body[:5]
        board.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "loopback"]
