"""What a finisher goes on with."""

from pathlib import Path
from typing import Any

import pytest

from rows import attachment_row, job_row
from threadreel.engine.processes.finishing import Finishing
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.library.ledger import Ledger
from threadreel.states import FileState, JobState

OPEN = attachment_row("1", state=FileState.QUEUED)
DONE = attachment_row("2", state=FileState.SAVED)


@pytest.mark.parametrize(
    ("finishing", "row", "files", "is_wanted"),
    [
        (Finishing(True, False), {}, [OPEN], True),
        (Finishing(True, False), {"planned": False}, [], True),
        (Finishing(True, True), {"state": JobState.PAUSED}, [OPEN], False),
        (Finishing(True, False), {"watching": True}, [OPEN, DONE], True),
        (Finishing(True, False), {"watching": True}, [DONE], False),
        (Finishing(True, False), {"watching": True, "planned": False}, [], True),
        (Finishing(True, True), {"watching": True}, [DONE], True),
        (Finishing(False, True), {"watching": True}, [DONE], True),
        (Finishing(False, True), {}, [OPEN], False),
    ],
)
def test_what_a_finisher_wants(
    tmp_path: Path, finishing: Finishing, row: dict[str, Any], files: list[AttachmentRow], is_wanted: bool
) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    table = JobTable(ledger)
    job: JobRow = job_row(**{"planned": True, "state": JobState.RUNNING, **row})
    table.add(job)
    table.plan(job, files)
    assert finishing.wants(job, table) is is_wanted
    ledger.close()
