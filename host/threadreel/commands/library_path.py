"""A place in the library, as an argument of a command."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def library_path(text: str) -> Path:
    """The path that a person typed, absolute as the ledger has paths; symlinks stay. Raises argparse.ArgumentTypeError."""
    try:
        text.encode()  # the ledger holds no other names
        return Path(os.path.normpath(Path(text).expanduser().absolute()))
    except (RuntimeError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None
