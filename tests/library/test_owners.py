"""Who is alive: a lock that the system releases, whatever way its owner ended."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rows import child_command
from threadreel.library.owners import Owner, alone, living_owners

LIMIT_S = 30

OWN = (
    "from pathlib import Path\n"
    "from threadreel.library.owners import Owner\n"
    "owner = Owner(Path(sys.argv[1]))\n"
    "print(owner.name, flush=True)\n"
    "sys.stdin.read(1)\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "owners"


@pytest.fixture
def me(folder: Path) -> Iterator[Owner]:
    owner = Owner(folder)
    yield owner
    owner.release()


class Child:
    """A process of its own that owns, and waits for its end."""

    def __init__(self, folder: Path, last_words: str = "") -> None:
        command = child_command(OWN + last_words, folder)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.name = self.process.stdout.readline().strip()

    def end(self, how: signal.Signals | None = None) -> None:
        if how is not None:
            self.process.send_signal(how)
        self.process.communicate(timeout=LIMIT_S)


@pytest.fixture
def child(folder: Path) -> Iterator[Child]:
    child = Child(folder)
    yield child
    child.process.kill()
    child.process.communicate(timeout=LIMIT_S)


def test_we_are_alive_until_we_say_otherwise(me: Owner, folder: Path) -> None:
    other = Owner(folder)
    assert me.is_alive(me.name)
    assert me.is_alive(other.name)
    assert other.is_alive(me.name)
    other.release()
    assert not me.is_alive(other.name)
    assert me.is_alive(me.name)
    other.release()


def test_no_two_owners_share_a_name(folder: Path) -> None:
    owners = [Owner(folder) for _ in range(5)]
    assert len({owner.name for owner in owners}) == 5
    for owner in owners:
        owner.release()


def test_another_thread_may_release(me: Owner, folder: Path) -> None:
    other = Owner(folder)
    thread = threading.Thread(target=other.release)
    thread.start()
    thread.join(LIMIT_S)
    assert not me.is_alive(other.name)


@pytest.mark.parametrize("name", [None, "1-00000000", "", ".", "../owners", "a/b"])
def test_who_never_was_is_not_alive(me: Owner, name: str | None) -> None:
    assert not me.is_alive(name)


def test_a_name_leads_to_no_file_elsewhere(me: Owner, folder: Path) -> None:
    outside = folder.parent / "x.lock"
    outside.write_bytes(b"mine")
    assert not me.is_alive("../x")
    assert outside.read_bytes() == b"mine"


def test_where_it_cannot_be_told_the_owner_lives(me: Owner, folder: Path) -> None:
    """To take over a living job is worse than to leave a dead one: here the lock file cannot be opened."""
    (folder / "1-abc.lock").mkdir()
    assert me.is_alive("1-abc")


@pytest.mark.process
def test_a_process_that_holds_its_lock_is_alive(me: Owner, child: Child) -> None:
    assert child.name.startswith(f"{child.process.pid}-")
    assert me.is_alive(child.name)
    child.process.send_signal(signal.SIGSTOP)
    assert me.is_alive(child.name)
    child.process.send_signal(signal.SIGCONT)


@pytest.mark.process
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, None])
def test_a_process_that_ended_is_dead_however_it_ended(
    me: Owner, child: Child, folder: Path, how: signal.Signals | None
) -> None:
    child.end(how)
    assert not me.is_alive(child.name)
    assert not me.is_alive(child.name)
    assert [path.name for path in folder.iterdir()] == [f"{me.name}.lock"]


@pytest.mark.process
def test_a_child_of_the_owner_does_not_keep_it_alive(me: Owner, folder: Path) -> None:
    """A file manager that the host opened lives on after it."""
    started = Child(folder, "import subprocess\nprint(subprocess.Popen(['sleep', '60'], stdout=2).pid, flush=True)")
    assert started.process.stdin is not None
    assert started.process.stdout is not None
    started.process.stdin.write("g")
    started.process.stdin.flush()
    sleeper = int(started.process.stdout.readline())
    started.process.wait(LIMIT_S)
    is_alive = me.is_alive(started.name)
    os.kill(sleeper, signal.SIGKILL)
    started.process.communicate(timeout=LIMIT_S)
    assert not is_alive


def test_the_living_are_named_and_the_dead_swept_away(folder: Path) -> None:
    owner, gone = Owner(folder), Owner(folder)
    gone._lock.release()  # as the system does when a process dies; its file stays
    assert living_owners(folder) == [owner.name]
    assert [path.stem for path in folder.glob("*.lock")] == [owner.name]
    owner.release()
    assert living_owners(folder) == []
    assert living_owners(folder / "nowhere") == []


def test_one_at_a_time_is_inside(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with alone(path, 0) as first, alone(path, 0) as second:
        assert (first, second) == (True, False)
    with alone(path, 0) as again:
        assert again
