"""What the system's own exceptions are turned into."""

import sqlite3

import pytest

from threadreel.sentences import as_sentence


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (sqlite3.OperationalError("database or disk is full"), "ledger.unusable", "database or disk is full"),
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
