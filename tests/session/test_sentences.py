"""What the system's own exceptions are turned into."""

import sqlite3

import pytest

from threadreel.sentences import as_sentence


def damage(code: int, text: str = "file is not a database") -> sqlite3.Error:
    error = sqlite3.DatabaseError(text)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (sqlite3.OperationalError("database or disk is full"), "ledger.unusable", "database or disk is full"),
        (damage(sqlite3.SQLITE_NOTADB), "ledger.damaged", "file is not a database"),
        (damage(sqlite3.SQLITE_CORRUPT | 1 << 8), "ledger.damaged", "file is not a database"),
        (damage(sqlite3.SQLITE_BUSY | 2 << 8, "database is locked"), "ledger.unusable", "database is locked"),
        (PermissionError(13, "Permission denied", "/root/x"), "disk.denied", "/root/x: Permission denied"),
        (OSError("no number"), "disk.denied", "no number"),
    ],
)
def test_an_exception_of_the_system_becomes_a_sentence_with_advice(
    error: OSError | sqlite3.Error, code: str, said: str
) -> None:
    found = as_sentence(error)
    assert found.code == code
    assert said in found.message
    assert found.message.endswith(".")
    assert found.hint


def test_a_ledger_that_somebody_holds_is_not_blamed_on_the_disk() -> None:
    assert "disk" not in as_sentence(damage(sqlite3.SQLITE_BUSY, "database is locked")).hint
