"""The log file: rotating, 5 MB x 3, and never on standard output, which belongs to frames or to the user."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from threadreel.places import Places, private_folder

MAX_BYTES = 5_000_000
BACKUPS = 3
_FORMAT = "%(asctime)s %(levelname)-7s %(process)d %(threadName)s %(name)s: %(message)s"


def start_logging(places: Places, level: str) -> None:
    """Log from ``level`` (debug, info, warning, error) on into ``threadreel.log``; without it when the folder refuses."""
    logger = logging.getLogger("threadreel")
    stop_logging()
    logger.setLevel(level.upper())
    logger.propagate = False
    try:
        folder = private_folder(places.log_folder)
        handler: logging.Handler = RotatingFileHandler(
            folder / "threadreel.log",
            maxBytes=MAX_BYTES,
            backupCount=BACKUPS,
            encoding="utf-8",
            delay=True,
            errors="backslashreplace",
        )
    except OSError:
        handler = logging.NullHandler()  # a full or read-only disk must not keep the host from answering
    handler.setFormatter(logging.Formatter(_FORMAT))
    logger.addHandler(handler)
    logging.raiseExceptions = False  # nor may a failing log line reach a stream that is not ours


def stop_logging() -> None:
    """Close the log file."""
    logger = logging.getLogger("threadreel")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
