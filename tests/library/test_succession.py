"""A ledger beyond use is put aside whole, a backup or a new one takes its place, and nobody who has it open is robbed of it."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import FUTURE, job_ids, make_ledger, put_aside, set_version

from repeats import repeats
from rows import child_command
from threadreel.errors import LedgerError
from threadreel.library import schema
from threadreel.library.backups import Backups
from threadreel.library.file_table import FileTable
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.owners import Owner
from threadreel.library.salvage import open_sound, take_in
from threadreel.library.succession import OWNERS, put_aside_ledgers
from threadreel.places import find_places

CHILD_S = 60
ALL = {f"job-{number}" for number in range(40)}


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a good ledger."""
    path = tmp_path_factory.mktemp("whole") / "ledger.sqlite3"
    make_ledger(path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "ledger.sqlite3"


@pytest.fixture
def backed_up(path: Path, whole: bytes) -> Iterator[Path]:
    """A good ledger with a backup of it."""
    path.write_bytes(whole)
    assert Backups(path, lambda: 0.0, pytest.fail).take() is not None
    return path


def open_and_close(path: Path) -> list[str]:
    ledger = Ledger(path)
    ledger.close()
    return ledger.notices


@pytest.mark.parametrize("sixteenth", range(1, 16))
def test_one_that_was_cut_off_is_put_aside_and_a_new_one_begins(path: Path, whole: bytes, sixteenth: int) -> None:
    cut = whole[: len(whole) * sixteenth // 16]
    path.write_bytes(cut)

    notices = open_and_close(path)

    [aside] = put_aside(path)
    assert aside.read_bytes() == cut
    assert job_ids(path) == set()
    assert len(notices) == 1
    assert str(aside) in notices[0]
    assert "threadreel rebuild" in notices[0]
    assert open_and_close(path) == []


@pytest.mark.parametrize(
    "content",
    [b"no database\n" * 500, bytes(50_000), b"x", b"SQLite format 3\0" * 50, b"\xff" * 4096],
    ids=["text", "zeros", "a byte", "a header", "ones"],
)
def test_a_file_that_is_no_ledger_is_put_aside(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    assert len(open_and_close(path)) == 1

    assert [aside.read_bytes() for aside in put_aside(path)] == [content]
    assert job_ids(path) == set()


def test_the_second_that_is_put_aside_does_not_overwrite_the_first(path: Path) -> None:
    for content in (b"first" * 500, b"second" * 500):
        path.write_bytes(content)
        open_and_close(path)

    assert [aside.read_bytes()[:5] for aside in put_aside(path)] == [b"first", b"secon"]


def test_what_sqlite_kept_beside_it_goes_with_it(path: Path) -> None:
    path.write_bytes(b"what is left")
    path.with_name("ledger.sqlite3-wal").write_bytes(b"a log")

    open_and_close(path)

    assert path.with_name("ledger-damaged-1.sqlite3-wal").read_bytes() == b"a log"


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.write_bytes(b"")

    assert open_and_close(path) == []

    assert put_aside(path) == []
    assert job_ids(path) == set()


def test_an_emptied_ledger_is_restored(backed_up: Path) -> None:
    backed_up.write_bytes(b"")

    assert len(open_and_close(backed_up)) == 1

    assert job_ids(backed_up) == ALL


def test_one_that_somebody_deleted_is_not_brought_back(backed_up: Path) -> None:
    backed_up.unlink()

    notices = open_and_close(backed_up)

    assert job_ids(backed_up) == set()
    assert str(backed_up.parent / "backups") in notices[0]


@pytest.mark.parametrize("flip", range(repeats(150)))
def test_whatever_bit_is_wrong_there_is_a_sound_ledger_and_nothing_was_destroyed(
    path: Path, whole: bytes, flip: int
) -> None:
    """Some bits matter to nobody, and some make it a read-only one: that is refused, and left alone."""
    chance = random.Random(flip)
    # half of them in the first page, where every bit is read at a start
    place = chance.randrange(4096 if flip % 2 else len(whole))
    spoiled = bytearray(whole)
    spoiled[place] ^= 1 << chance.randrange(8)
    path.write_bytes(spoiled)

    if path.read_bytes()[18] not in (1, 2):
        with pytest.raises(LedgerError, match="readonly"):
            open_sound(path)
        assert path.read_bytes() == spoiled
        return
    ledger = open_sound(path)
    check, count = ledger.row("PRAGMA integrity_check"), ledger.row("SELECT count(*) FROM jobs")
    assert len(FileTable(ledger).page(None, None, 1000)) in (0, len(ALL))
    ledger.close()
    assert check is not None
    assert check[0] == "ok"
    assert count is not None
    assert count[0] == (0 if put_aside(path) else len(ALL))


def test_damage_that_is_met_later_is_seen_by_the_next_start(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    with contextlib.closing(sqlite3.connect(path)) as db:
        [(page,)] = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'files'").fetchall()
    spoiled = bytearray(whole)
    spoiled[(page - 1) * 4096 : (page - 1) * 4096 + 64] = bytes(64)
    path.write_bytes(spoiled)

    ledger = Ledger(path)
    assert ledger.notices == []
    with pytest.raises(sqlite3.DatabaseError):
        ledger.rows("SELECT * FROM files")
    ledger.close()

    assert len(open_and_close(path)) == 1
    assert len(put_aside(path)) == 1
    assert open_and_close(path) == []


def test_text_that_is_none_is_damage_too(backed_up: Path, whole: bytes) -> None:
    """SQLite finds nothing wrong with it."""
    title = whole.index(b"Thread 7 about paper")
    spoiled = whole[:title] + b"\xff" + whole[title + 1 :]
    backed_up.write_bytes(spoiled)

    ledger = Ledger(backed_up)
    with pytest.raises(sqlite3.OperationalError, match="decode"):
        JobTable(ledger).page(None, 100)
    ledger.close()
    assert Backups(backed_up, lambda: 0.0, lambda _: None).take() is None

    assert len(open_and_close(backed_up)) == 1
    assert [aside.read_bytes() for aside in put_aside(backed_up)] == [spoiled]
    ledger = Ledger(backed_up)
    assert len(JobTable(ledger).page(None, 100)) == len(ALL)
    ledger.close()


def test_a_false_suspicion_is_dropped(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    path.with_name("ledger.sqlite3.suspect").touch()

    assert open_and_close(path) == []

    assert job_ids(path) == ALL
    assert not path.with_name("ledger.sqlite3.suspect").exists()


def test_the_newest_good_backup_takes_its_place(backed_up: Path) -> None:
    ledger = Ledger(backed_up)
    JobTable(ledger).forget("job-0")
    ledger.close()
    newest = Backups(backed_up, lambda: 0.0, pytest.fail).take()
    assert newest is not None
    spoiled = newest.read_bytes()[:-8192]
    newest.write_bytes(spoiled)
    backed_up.write_bytes(b"nothing" * 1000)

    [notice] = open_and_close(backed_up)

    assert "A backup of " in notice
    assert job_ids(backed_up) == ALL
    ledger = Ledger(backed_up)
    assert JobTable(ledger).get("job-0") is not None  # the older backup was whole
    ledger.close()
    assert newest.read_bytes() == spoiled


def test_a_look_puts_nothing_aside(path: Path) -> None:
    path.write_bytes(b"nothing" * 1000)

    with pytest.raises(LedgerError) as caught:
        Ledger(path, may_begin_anew=False)

    assert caught.value.code == "ledger.damaged"
    assert "threadreel rebuild" in caught.value.hint
    assert path.read_bytes() == b"nothing" * 1000


def test_while_somebody_is_at_it_nothing_is_put_aside(backed_up: Path) -> None:
    owner = Owner(backed_up.parent / OWNERS)
    backed_up.write_bytes(b"nothing" * 1000)
    try:
        with pytest.raises(LedgerError) as caught:
            Ledger(backed_up)
    finally:
        owner.release()
    assert caught.value.code == "ledger.in_use"
    assert "Close the browsers" in caught.value.hint
    assert backed_up.read_bytes() == b"nothing" * 1000
    assert len(open_and_close(backed_up)) == 1


def test_owners_are_looked_for_where_they_are() -> None:
    places = find_places({"THREADREEL_HOME": "/home/somebody"})
    assert places.lock_folder == places.ledger_file.parent / OWNERS


def test_a_ledger_of_the_future_waits_for_its_program(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    set_version(path, FUTURE)
    bytes_before = path.read_bytes()

    [notice] = open_and_close(path)

    [aside] = put_aside(path)
    assert aside.name == "ledger-newer-1.sqlite3"
    assert aside.read_bytes() == bytes_before
    assert "newer Threadreel" in notice
    assert "upgrade" in notice
    assert "threadreel rebuild" in notice
    assert job_ids(path) == set()


def test_the_copy_before_its_upgrade_takes_its_place(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    path.with_name(f"ledger-version-{schema.VERSION}.sqlite3").write_bytes(whole)
    set_version(path, FUTURE)

    open_and_close(path)

    assert job_ids(path) == ALL


def test_a_program_that_is_running_keeps_its_ledger_of_the_future(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    set_version(path, FUTURE)
    owner = Owner(path.parent / OWNERS)
    try:
        with pytest.raises(LedgerError) as caught:
            Ledger(path)
    finally:
        owner.release()
    assert caught.value.code == "ledger.future"
    assert "pip install --upgrade" in caught.value.hint
    assert put_aside(path) == []


def test_after_the_upgrade_its_knowledge_is_taken_in(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    set_version(path, FUTURE)
    ledger = Ledger(path)
    [refused] = take_in(ledger, put_aside_ledgers(path))
    assert "upgrade" in refused.refusal
    set_version(put_aside(path)[0], schema.VERSION)

    first, again = (take_in(ledger, put_aside_ledgers(path))[0] for _ in range(2))

    jobs = JobTable(ledger)
    assert (first.jobs, first.files, first.refusal) == (40, 40, "")
    assert (again.jobs, again.files) == (0, 0)
    assert [row.key for row in jobs.attachments("job-7")] == ["7"]
    ledger.close()


def test_cleared_history_does_not_come_back_from_a_ledger_that_was_put_aside(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    ledger = Ledger(path)
    JobTable(ledger).forget_ended()
    path.with_name("ledger-newer-1.sqlite3").write_bytes(whole)

    [taken] = take_in(ledger, put_aside_ledgers(path))

    assert (taken.jobs, JobTable(ledger).count()) == (0, 0)
    ledger.close()


def test_a_damaged_one_is_not_believed(path: Path, whole: bytes) -> None:
    path.with_name("ledger-damaged-1.sqlite3").write_bytes(whole[:-4096])
    ledger = Ledger(path)

    [refused] = take_in(ledger, put_aside_ledgers(path))

    assert refused.refusal
    ledger.close()


START = (
    "import os, signal, pathlib\n"
    "from pathlib import Path\n"
    "from threadreel.library.ledger import Ledger\n"
    "path = Path(sys.argv[1])\n"
)


@pytest.mark.process
def test_of_processes_that_find_it_at_once_one_puts_it_aside(backed_up: Path) -> None:
    backed_up.write_bytes(b"nothing" * 1000)
    program = START + "sys.stdin.read(1)\nledger = Ledger(path)\nprint(len(ledger.notices))\nledger.close()"
    children = [
        subprocess.Popen(child_command(program, backed_up), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    told = sum(int(child.communicate("g", timeout=CHILD_S)[0]) for child in children)

    assert told == 1
    assert len(put_aside(backed_up)) == 1
    assert job_ids(backed_up) == ALL


@pytest.mark.process
@pytest.mark.parametrize("step", range(1, 5))
def test_a_process_that_is_killed_between_two_steps_loses_neither(backed_up: Path, step: int) -> None:
    """The steps are those that give a file another name; killed before the first, second, third, and after all of them."""
    backed_up.write_bytes(b"nothing" * 1000)
    program = START + (
        "left = int(sys.argv[2])\n"
        "def guarded(move):\n"
        "    def act(*arguments):\n"
        "        global left\n"
        "        left -= 1\n"
        "        if not left:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return move(*arguments)\n"
        "    return act\n"
        "for name in ('rename', 'replace'):\n"
        "    setattr(pathlib.Path, name, guarded(getattr(pathlib.Path, name)))\n"
        "Ledger(path)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(child_command(program, backed_up, step), timeout=CHILD_S, check=False)
    assert done.returncode == -9

    open_and_close(backed_up)

    assert job_ids(backed_up) == ALL
    assert [aside.read_bytes() for aside in put_aside(backed_up)] == [b"nothing" * 1000]
    assert not list(backed_up.parent.glob("*.restored*"))


@pytest.mark.process
def test_without_room_for_the_backup_everything_stays(backed_up: Path) -> None:
    backed_up.write_bytes(b"nothing" * 1000)
    program = START + (
        "import resource\n"
        "from threadreel.errors import LedgerError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "try:\n"
        "    Ledger(path)\n"
        "except LedgerError as error:\n"
        "    print(error.code)"
    )
    done = subprocess.run(
        child_command(program, backed_up), capture_output=True, text=True, timeout=CHILD_S, check=True
    )

    assert done.stdout == "ledger.unusable\n"
    assert backed_up.read_bytes() == b"nothing" * 1000
    assert put_aside(backed_up) == []
    assert len(open_and_close(backed_up)) == 1
    assert job_ids(backed_up) == ALL


def test_a_folder_in_its_place_is_left_alone(path: Path) -> None:
    path.mkdir()
    with pytest.raises(LedgerError) as caught:
        Ledger(path)
    assert caught.value.code == "ledger.unusable"
    assert list(path.iterdir()) == []
