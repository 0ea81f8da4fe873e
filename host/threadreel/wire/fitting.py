"""Make any message fit the browser's limit of 1 MiB. Pure; the outbox calls it last before writing.

Long lists of files go in pieces, a large report without its list; for anything else too large a short word about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from threadreel.events import log_line
from threadreel.wire.backlog import Message
from threadreel.wire.frames import MAX_MESSAGE_BYTES, FrameTooLargeError, encode

FILES_PER_EVENT = 200
REPORT_FRAME_BYTES = 512 * 1024


def frames_of(message: Message) -> list[bytes]:
    """The frames that carry ``message``: at least one, each within the limit, whatever it holds."""
    return [_frame(piece) for piece in _pieces(message)]


def _pieces(message: Message) -> Iterator[Message]:
    files = message.get("files")
    if message.get("type") != "files.changed" or not isinstance(files, list) or len(files) <= FILES_PER_EVENT:
        yield message
        return
    for start in range(0, len(files), FILES_PER_EVENT):
        yield {**message, "files": files[start : start + FILES_PER_EVENT]}


def _frame(message: Message) -> bytes:
    leaner = _without_attachments(message)
    limit_bytes = MAX_MESSAGE_BYTES if leaner is None else REPORT_FRAME_BYTES
    try:
        frame = encode(message, limit_bytes)
    except FrameTooLargeError as error:
        if leaner is not None:
            return _frame(leaner)
        return encode(_substitute(message, f"{error.size_bytes} bytes are too many for one message"))
    except (ValueError, TypeError, RecursionError) as error:
        return encode(_substitute(message, f"it cannot be written as JSON ({type(error).__name__})"))
    return frame


def _without_attachments(message: Message) -> Message | None:
    """A ``job.finished`` with the sums of its report only; None for any other message. ``report.json`` has them all."""
    report = message.get("report")
    if message.get("type") != "job.finished" or not isinstance(report, dict) or not report.get("attachments"):
        return None
    return {**message, "report": {**report, "attachments": []}}


def _substitute(message: Message, why: str) -> Message:
    """An error reply for a reply, so that nobody waits for ever; a log line for an event."""
    if "re" in message:
        re = message["re"] if type(message["re"]) is int else None
        error = {
            "code": "internal",
            "message": f"The answer could not be sent: {why}.",
            "hint": "Ask for less at once.",
        }
        return {"re": re, "type": "error", "error": error}
    text = f"The event {message.get('type')} was left out: {why}."
    return log_line("error", text[:200], _job_id(message))


def _job_id(message: Message) -> str | None:
    job: Any = message.get("job")
    found = job.get("id") if isinstance(job, dict) else job
    return found if isinstance(found, str) and len(found) <= 64 else None
