"""Many files of one name, all at once: each is kept, and every run gives each the same name."""

from collections.abc import Mapping
from pathlib import Path

from engine_harness import Scene

from board.server import Board
from board.threads import named_thread
from repeats import repeats
from threadreel.demo.samples import SampleThread

FILES = 100


def names_of(scene: Scene, job: str) -> Mapping[str, str]:
    return {file.key: file.name for file in scene.files(job)}


def run(scene: Scene, thread: SampleThread) -> Mapping[str, str]:
    """The names that a first run gives, and a second one finds."""
    job = scene.run(thread, name="{name}{ext}")
    scene.expect(job, saved=FILES)
    names = names_of(scene, job)
    assert len(set(names.values())) == FILES
    again = scene.run(thread, name="{name}{ext}")
    scene.expect(again, have=FILES)
    assert names_of(scene, again) == names
    return names


def test_a_hundred_files_of_one_name_are_all_kept_under_the_same_names_in_every_run(
    board: Board, tmp_path: Path
) -> None:
    thread = named_thread(["image.jpg"] * FILES, 700)
    board.add(thread)
    first: Mapping[str, str] = {}
    for number in range(repeats(50)):
        with Scene(board, tmp_path / f"home {number}", transfers_per_host=16) as scene:
            names = run(scene, thread)
            assert scene.on_disk(".part") == []
        first = first or names
        assert names == first
    assert board.record.most_requests(board.media_host) > 1
