"""How the engine's events travel: of a job's and its files' states only the newest, endings and log lines in order."""

from __future__ import annotations

from threadreel.wire.backlog import Message
from threadreel.wire.outbox import Outbox


def post_event(outbox: Outbox, event: Message) -> None:
    """Post an event of the contract; ``job.update`` and ``files.changed`` overtake what waits for the same job."""
    kind = event["type"]
    if kind == "job.update":
        outbox.post_latest((kind, event["job"]["id"]), event)
    elif kind == "files.changed":
        outbox.post_latest((kind, event["job"]), event, merge_files)
    else:
        outbox.post(event)


def merge_files(waiting: Message, newest: Message) -> Message:
    """Both ``files.changed`` as one: each file once, as ``newest`` has it where it does. The outbox cuts it to size."""
    files = {file["id"]: file for file in waiting["files"]}
    files.update((file["id"], file) for file in newest["files"])
    return {**newest, "files": list(files.values())}
