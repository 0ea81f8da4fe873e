"""What a newer answer of a thread brings, beside the rows that a job has of it already. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from threadreel.library.job_table import AttachmentRow
from threadreel.sites.base import Attachment
from threadreel.states import FileState


@dataclass(frozen=True, slots=True)
class News:
    """Attachments that no row is about, in the answer's order, and the keys of rows whose file was deleted since."""

    attachments: tuple[Attachment, ...]
    deleted: tuple[str, ...]


def find_news(attachments: Sequence[Attachment], rows: Sequence[AttachmentRow]) -> News:
    """The difference. A row whose attachment is in the answer no more is left as it is: that a post vanished says nothing.

    A deleted file often shows no number any more, so that it has another key (``post-<no>``) than its row. It is then taken for one
    that its post had and does not show any longer, and only when the post never had another it is a new attachment.
    """
    known = {row.key: row for row in rows}
    shown = {each.key for each in attachments}
    hidden: dict[int, list[AttachmentRow]] = {}
    for row in rows:
        if row.key not in shown:
            hidden.setdefault(row.post, []).append(row)
    fresh: list[Attachment] = []
    deleted: list[str] = []
    for each in attachments:
        its_row = known.get(each.key)
        if its_row is None and each.deleted and hidden.get(each.post):
            its_row = hidden[each.post].pop(0)
        if its_row is None:
            fresh.append(each)
        elif each.deleted and its_row.state is not FileState.DELETED:
            deleted.append(its_row.key)
    return News(tuple(fresh), tuple(deleted))
