"""Threads that grow while they are watched."""

import json
from collections import Counter
from typing import Any

from timed_scene import TimedScene

from board.threads import Life, Snapshot, plain_thread

SIZE = 2_000


def life(files: int = 6, **options: Any) -> Life:
    return Life(plain_thread(files, SIZE, **options))


def watched(scene: TimedScene, shown: Snapshot) -> str:
    """The job of a thread that was read once and is watched."""
    scene.board.add(shown)
    (job,) = scene.start(shown, watch=True)
    scene.pass_s(1)
    assert scene.reads(shown) == [0]
    return job


def prove_finished_once(scene: TimedScene, job: str) -> None:
    finished = scene.events("job.finished", job)
    assert len(finished) == 1
    assert finished[0]["job"] == json.loads(json.dumps(scene.job(job)))
    report = json.loads((scene.folder(job) / "report.json").read_text("utf-8"))
    assert report == finished[0]["report"]
    assert Counter(entry["state"] for entry in report["attachments"]) == Counter(
        {state: count for state, count in report["counts"].items() if count and state != "total"}
    )
