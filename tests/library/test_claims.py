"""Reading reports that anybody may have written: what has the right shape is a claim, and nothing leads out of the folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rows import attachment_row, job_row
from threadreel.library import claims
from threadreel.library.claims import NoReport, is_plain_name, read_report
from threadreel.library.names import clean_name
from threadreel.library.reports import make_report
from threadreel.states import FileState

MD5, SHA256 = "0" * 32, "a" * 64


def report(**changes: Any) -> dict[str, Any]:
    rows = [
        attachment_row("1", state=FileState.SAVED, done=1000, got_md5=MD5, got_sha256=SHA256),
        attachment_row("2", state=FileState.HAVE, reason="differs", done=7, got_md5=MD5, got_sha256=SHA256),
        attachment_row("3", state=FileState.HAVE, reason="changed", done=8),
        attachment_row("4", state=FileState.DUPLICATE, reason="skipped", done=9, got_md5=MD5, got_sha256=SHA256),
        attachment_row("5", state=FileState.FAILED, reason="http.status"),
        attachment_row("6", state=FileState.DELETED, size=None),
    ]
    return {**make_report(job_row(title="Paper"), rows), **changes}  # type: ignore[dict-item]


def entry(**changes: Any) -> dict[str, Any]:
    return {**report()["attachments"][0], **changes}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.json"


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), "utf-8")
    return path


def test_a_report_of_ours_is_understood(path: Path) -> None:
    claim = read_report(write(path, report()))
    assert (claim.url, claim.site, claim.board, claim.thread) == (
        "https://boards.4chan.org/g/thread/1",
        "4chan",
        "g",
        1,
    )
    assert (claim.title, claim.refused) == ("Paper", 0)
    assert [(file.key, file.state, file.size, file.sha256) for file in claim.files] == [
        ("1", "saved", 1000, SHA256),
        ("2", "differs", 7, SHA256),
        ("3", "saved", 8, None),
    ]
    assert claim.counts == {state: 2 if state == "have" else 1 for state in claim.counts}
    assert (claim.kept_bytes, claim.owed_bytes) == (1000 + 7 + 8 + 9, 1000 + 7 + 8 + 9 + 1000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[" * 100_000,
        b"1" * 5000,
        b"null",
        b"[]",
        b"{}",
        b'{"attachments": {}}',
        json.dumps(report(version=2)).encode(),
        json.dumps(report(version="1")).encode(),
        json.dumps(report(url=None)).encode(),
        json.dumps(report(url="")).encode(),
        json.dumps(report(site=["4chan"])).encode(),
        json.dumps(report(title="\ud800")).encode(),
        json.dumps(report(title="x" * 5000)).encode(),
        json.dumps(report(thread="1")).encode(),
        json.dumps(report(thread=True)).encode(),
        json.dumps(report(thread=2**63)).encode(),
        json.dumps(report(thread=-1)).encode(),
        json.dumps(report(thread=1.5)).encode(),
        b'{"version": 1, "attachments": NaN}',
    ],
)
def test_what_is_no_report_is_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(NoReport):
        read_report(path)


@pytest.mark.parametrize(
    "name",
    [
        "../1.png",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a/b.png",
        "a\\b.png",
        "C:1.png",
        "1.png:stream",
        "1.png\0",
        "a\nb.png",
        ".hidden",
        "report.json",
        "1.png.part",
        "x" * 256,
        "\ud800.png",
        5,
        None,
        ["1.png"],
    ],
)
def test_a_name_that_leads_anywhere_is_refused(path: Path, name: object) -> None:
    claim = read_report(write(path, report(attachments=[entry(name=name), entry(name="2.png")])))
    assert [file.name for file in claim.files] == ["2.png"]
    assert claim.refused == 1


@pytest.mark.parametrize(
    "bad",
    [
        entry(id=""),
        entry(id=7),
        entry(state="somehow"),
        entry(state=None),
        entry(state=["saved"]),
        entry(done=-1),
        entry(done="7"),
        entry(done=2**63),
        entry(size=1.5),
        entry(md5="x" * 32),
        entry(sha256=SHA256.upper()),
        entry(sha256=SHA256[:-1]),
        "saved",
        None,
        [],
        {},
    ],
)
def test_an_entry_without_sense_is_counted_and_left_out(path: Path, bad: object) -> None:
    claim = read_report(write(path, report(attachments=[bad, entry(name="good.png")])))
    assert [file.name for file in claim.files] == ["good.png"]
    assert claim.refused == 1


def test_of_two_entries_for_one_name_the_first_holds(path: Path) -> None:
    claim = read_report(write(path, report(attachments=[entry(id="1"), entry(id="2")])))
    assert [file.key for file in claim.files] == ["1"]


def test_a_report_that_is_too_large_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "_LARGEST_BYTES", 1000)
    with pytest.raises(NoReport, match="bytes"):
        read_report(write(path, report(title="x" * 1000)))


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.symlink_to(write(tmp_path / "elsewhere.json", report()))
    with pytest.raises(OSError, match="report"):
        read_report(path)


def test_what_is_no_file_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(NoReport):
        read_report(path)


@given(st.text(max_size=60))
def test_every_name_of_ours_is_plain(text: str) -> None:
    name = clean_name(text, ext=".png")
    assert is_plain_name(name) or name.endswith(".part")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(sorted(report())), values, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(sorted(entry())), values, max_size=3), max_size=4),
)
def test_whatever_is_written_there_it_is_a_claim_or_no_report(
    tmp_path: Path, changes: dict[str, Any], entries: list[dict[str, Any]]
) -> None:
    found = {**report(attachments=[entry(**each) for each in entries]), **changes}
    path = tmp_path / "report.json"
    path.write_text(json.dumps(found), "utf-8")
    try:
        claim = read_report(path)
    except NoReport:
        return
    assert all(is_plain_name(file.name) for file in claim.files)
    assert claim.refused + sum(claim.counts.values()) == len(found["attachments"])
