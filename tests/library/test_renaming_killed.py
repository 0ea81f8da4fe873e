"""Renaming that is killed at any moment, and names of any kind: no file is lost, and another run completes it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filled_library import FLAT, ORIGINAL, Library
from hypothesis import given, settings
from hypothesis import strategies as st

from repeats import repeats
from threadreel.library import moving
from threadreel.library.file_table import FileTable
from threadreel.library.ledger import Ledger
from threadreel.library.templates import FolderTemplate, NameTemplate
from threadreel.library.verification import Condition, verify


class Killed(BaseException):
    """The process is no more."""


def kill_at(monkeypatch: pytest.MonkeyPatch, moment: int) -> Callable[[], int]:
    """Killed before the step of that number that changes anything; gives how many there were."""
    count = 0

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*values: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count > moment:
                raise Killed
            return act(*values, **named)

        return wrapper

    monkeypatch.setattr(os, "link", counted(os.link))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))
    monkeypatch.setattr(Path, "rename", counted(Path.rename))
    monkeypatch.setattr(Path, "rmdir", counted(Path.rmdir))
    monkeypatch.setattr(Path, "mkdir", counted(Path.mkdir))
    monkeypatch.setattr(moving, "write_report", counted(moving.write_report))
    monkeypatch.setattr(Ledger, "run", counted(Ledger.run))
    return lambda: count


STORIES: dict[str, tuple[list[tuple[str, str]], NameTemplate | None, FolderTemplate | None]] = {
    "names": ([("1001 a.jpg", "a"), ("1002 b.jpg", "b")], ORIGINAL, None),
    "folder": ([("a.jpg", "a"), ("b.jpg", "b")], None, FLAT),
    "both": ([("1001 a.jpg", "a"), ("1002 a.jpg", "a")], ORIGINAL, FLAT),
    "case": ([("A.jpg", "a"), ("b.jpg", "B")], ORIGINAL, None),
    "circle": ([("b.jpg", "a"), ("c.jpg", "b"), ("a.jpg", "c")], ORIGINAL, None),
    "chain": ([("b.jpg", "a"), ("c.jpg", "b"), ("d.jpg", "c")], ORIGINAL, None),
}


@pytest.mark.parametrize("story", STORIES)
def test_killed_at_any_moment_every_file_is_known_and_another_run_completes_it(story: str, tmp_path: Path) -> None:
    files, name, folder = STORIES[story]
    calm = Library(tmp_path / "calm")
    calm.add(files)
    calm.rename(name, folder)
    moment, is_complete = 0, False
    while not is_complete:
        library = Library(tmp_path / str(moment))
        library.add(files)
        with pytest.MonkeyPatch.context() as patched:
            count = kill_at(patched, moment)
            try:
                library.rename(name, folder)
            except Killed:
                assert count() == moment + 1
            else:
                is_complete = True
        library.reopen()
        library.check()
        findings = list(verify(FileTable(library.ledger), None))
        assert {finding.condition for finding in findings} == {Condition.OK}, list(map(str, findings))
        assert {finding.file.key for finding in findings} == set(library.known().values())
        assert library.rename(name, folder) == []
        library.check()
        assert library.on_disk() == calm.on_disk()
        assert library.known() == calm.known()
        assert library.names() == calm.names()
        library.ledger.close()
        moment += 1
    assert moment > 5
    calm.ledger.close()


letters = st.sampled_from(["a", "b", "c", "A", "a (1001)", "b (moving)", "", "é", "e\u0301", "x" * 250])


@settings(max_examples=repeats(60), deadline=None, database=None)
@given(st.lists(letters, min_size=1, max_size=6), st.data())
def test_any_names_end_as_planned_and_nothing_is_lost(originals: list[str], data: st.DataObject) -> None:
    current = data.draw(st.permutations([f"{letter}.jpg" for letter in "abcdef"[: len(originals)]]))
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder))
        library.add(list(zip(current, originals, strict=True)))
        first = library.plan(ORIGINAL)
        assert library.rename(ORIGINAL) == []
        library.check()
        assert library.names() == [first.names[row.row.key] for row in first.holding.items]
        assert {library.on_disk()[path] for path in library.known()} == set(first.names)
        assert not library.plan(ORIGINAL).is_needed
        library.ledger.close()
