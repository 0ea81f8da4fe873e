"""A new user's walk: install, first thread, close, reopen, second thread, trouble, repair. The steps are in ``new_user``."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from board import faults
from board.certificates import Certificate
from board.server import Board
from board.threads import plain_thread
from browsers.browser import Popup
from command_line import threadreel
from e2e.new_user import COME, COME_LATER, REFUSED, NewUser, Step, counted, file_paths, new_user, sample_threads, walk
from e2e.scene import Scene, by_tim
from threadreel.demo.samples import SampleThread
from waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def user(browser_name: str, tmp_path: Path, board: Board, certificate: Certificate) -> Iterator[NewUser]:
    """At the end the browser is closed, and no program is left behind."""
    with new_user(browser_name, tmp_path / "user", board, certificate) as started:
        yield started
    wait_until(lambda: not started.hosts(), "the programs to end with their browser")


class Walk:
    """One step after the other."""

    def __init__(self, steps: Iterator[Step]) -> None:
        self._steps = steps

    def to(self, name: str) -> Step:
        """Go on to the next step, which is this one."""
        step = next(self._steps)
        assert step.name == name
        return step

    def popup_at(self, name: str) -> Popup:
        """The popup there."""
        popup = self.to(name).popup
        assert popup
        return popup


def by_program(user: NewUser, thread: SampleThread) -> list[str]:
    """The files of the thread that were asked for by something that is no browser, each as often as it was."""
    paths = file_paths(thread)
    entries = user.board.requests(host="i.4cdn.org")
    return [entry.path for entry in entries if entry.path in paths and "sec-fetch-site" not in entry.headers]


def job_id(popup: Popup) -> str | None:
    return popup.attribute("@page-card @job", "data-job-id")


def test_a_new_user_walks_from_install_to_a_second_thread_repaired(user: NewUser) -> None:
    first, second = sample_threads()
    there = Walk(walk(user, first, second))

    popup = there.popup_at("no program")
    assert popup.text("@host-command") == "threadreel install"
    assert not popup.exists("@page-card")
    assert user.hosts() == set()
    said = there.to("installed").terminal
    assert said.count(": registered in ~/") == 1

    popup = there.popup_at("first run")
    assert popup.text("@page-title") == first.title
    assert popup.text("@download") == "Download 36 files"
    assert popup.text("@welcome").count("\n") >= 4
    there.popup_at("thread")
    assert (len(user.hosts()), by_program(user, first), user.saved()) == (1, [], {})

    popup = there.popup_at("running")
    job, count = job_id(popup), counted(popup)
    here = user.saved()
    assert COME <= len(here) < len(by_tim(first))
    assert here.items() <= by_tim(first).items()
    hosts = user.hosts()
    assert there.to("closed").popup is None
    popup = there.popup_at("reopened")
    assert (job_id(popup), user.hosts()) == (job, hosts)
    assert counted(popup) >= count
    popup = there.popup_at("done")
    assert job_id(popup) == job
    assert popup.text("@download") == "You have all 36 files"
    assert user.saved() == by_tim(first)
    (report,) = user.reports()
    assert [report["counts"][state] for state in ("total", "saved", "deleted")] == [37, 36, 1]
    assert sorted(by_program(user, first)) == sorted(file_paths(first))
    assert len(user.board.requests("*/1000.json")) == 1

    popup = there.popup_at("second thread")
    job, come = job_id(popup), user.saved().keys() & by_tim(second).keys()
    assert len(come) >= COME_LATER
    popup = there.popup_at("killed")
    assert job_id(popup) == job
    assert "nothing was lost" in popup.text("@notice")
    assert user.hosts().isdisjoint(hosts)

    popup = there.popup_at("trouble")
    refused = file_paths(second)[REFUSED]
    missing = {path.rsplit("/", 1)[1].split(".")[0] for path in refused}
    assert job_id(popup) == job
    assert popup.text("@reasons") == "2 files: i.4cdn.org refuses them to programs; your browser may be given them."
    assert popup.text("@retry") == "Try again"
    assert by_tim(second).keys() - user.saved().keys() == missing
    there.to("question")
    assert {entry.status for path in refused for entry in user.board.requests(path)} == {403}
    popup = there.popup_at("repaired")
    assert popup.text("@download") == "You have all 24 files"
    popup.wait_for("@page-card @job-counts", "2 through the browser")
    assert user.saved() == by_tim(first) | by_tim(second)
    # a file that was whole when the program was killed may not have been in its books yet: then it was had before
    counts = user.reports()[1]["counts"]
    assert counts["saved"] + counts["have"] == counts["total"] == 24
    asked = by_program(user, second)
    assert [path for path in asked if path.rsplit("/", 1)[1].split(".")[0] in come and asked.count(path) > 1] == []

    assert list(user.downloads.rglob("*.part")) == []
    assert user.board.refused == []
    assert threadreel("verify", env={"HOME": str(user.home)}).returncode == 0


def test_a_double_press_of_download_does_not_reach_what_comes_into_its_place(scene: Scene) -> None:
    thread, gate = plain_thread(4), scene.board.gate()
    scene.board.add(thread)
    scene.board.always(scene.board.is_media, faults.stall(gate))
    popup = scene.show(thread)
    popup.wait_for("@download")
    _set_clock(popup, 1_000)
    popup.press("@download")
    popup.press("@cancel")
    _set_clock(popup, 2_000)
    # there is nothing to pause of a job that is cancelled
    popup.press("@pause")
    popup.wait_for('@job[data-state="paused"]')


def _set_clock(popup: Popup, now_ms: int) -> None:
    """The page's clock, which stands still from now on."""
    popup.evaluate(f"(window.performance.now = () => {now_ms}, null)")
