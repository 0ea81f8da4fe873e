"""When a watched thread is read next, and when that is over. Pure: what an answer said goes in, the next state comes out.

The state is kept in the job's row, so that a watch outlives every process. Times are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

#: after an answer that brought something new the thread is read again so soon (4chan/4chan-API README: not within 10 s)
SHORTEST_S = 10.0
#: each answer that brought nothing doubles the wait, up to this
LONGEST_S = 300.0
#: so many answers in a row must say that the thread is gone, each so long after the one before
MISSES = 2
#: how long after each search in vain the next thread is looked for again
SEARCHES_S = (60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known of a watched thread.

    ``next`` is None while it is open: before the first read, while it is paused, or when it is over. ``posts`` is the most that
    an answer had, ``new`` counts files that came after the first. ``missed`` is when the last of ``misses`` answers in a row
    was 404. ``over`` is why it ended: ``archived`` or ``gone``. ``links`` are threads that the last posts link to;
    ``is_seeking`` while the thread after this one is looked for, for the ``searches``-th time; ``successor`` is the job for it.
    ``least_done`` is how many files had ended before the last pass tried some of them again.
    """

    next: float | None = None
    wait_s: float = 0.0
    posts: int = 0
    new: int = 0
    misses: int = 0
    missed: float = 0.0
    is_failing: bool = False
    over: str = ""
    links: tuple[int, ...] = ()
    is_seeking: bool = False
    searches: int = 0
    successor: str = ""
    least_done: int = 0

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Watch:
        """The state that ``as_json`` gave; what it does not name is as in the beginning."""
        known = {each.name: kept[each.name] for each in fields(cls) if each.name in kept}
        return cls(**{**known, "links": tuple(known.get("links", ()))})

    def as_json(self) -> dict[str, Any]:
        """What differs from the beginning."""
        beginning = Watch()
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        changed = {name: value for name, value in values.items() if value != getattr(beginning, name)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}

    @property
    def is_over(self) -> bool:
        """Whether the thread is never read again, and no other is looked for."""
        return bool(self.over) and not self.is_seeking

    def answered(
        self,
        now: float,
        *,
        posts: int,
        new_files: int,
        is_archived: bool,
        links: tuple[int, ...],
        is_first: bool = False,
    ) -> Watch:
        """The thread was read. The first read brings nothing new: everything is."""
        has_news = is_first or new_files > 0 or posts > self.posts
        read = replace(
            self,
            posts=max(self.posts, posts),
            new=self.new + (0 if is_first else new_files),
            links=links,
            misses=0,
            is_failing=False,
        )
        return (
            read._ended("archived") if is_archived else read._waits(now, SHORTEST_S if has_news else self._longer_s())
        )

    def missed_at(self, now: float) -> Watch:
        """The site says that there is no such thread. It is believed the second time; it may be the site's mistake."""
        if self.misses and now - self.missed < SHORTEST_S:
            return replace(self, next=self.missed + SHORTEST_S, is_failing=False)
        missed = replace(self, misses=self.misses + 1, missed=now, is_failing=False)
        if missed.misses >= MISSES:
            return missed._ended("gone")
        return replace(missed, next=now + SHORTEST_S)  # the wait between answers stays what it was

    def failed_at(self, now: float) -> Watch:
        """Nobody answered, or nothing that can be read: no news, and no word about the thread either."""
        return replace(self, misses=0, is_failing=True)._waits(now, self._longer_s())

    def paused(self) -> Watch:
        """Not read until somebody says so, and then at once."""
        return replace(self, next=None)

    def delay_s(self, now: float) -> float:
        """Seconds until the next read; a clock that was set back does not make it late."""
        return 0.0 if self.next is None else min(max(0.0, self.next - now), LONGEST_S)

    def sought(self, now: float, successor: str = "") -> Watch:
        """The thread after this one was looked for, and is the job ``successor``, or was not found."""
        if successor or self.searches >= len(SEARCHES_S):
            return replace(self, next=None, is_seeking=False, successor=successor)
        return replace(self, next=now + SEARCHES_S[self.searches], searches=self.searches + 1)

    def _longer_s(self) -> float:
        return min(LONGEST_S, max(SHORTEST_S, self.wait_s * 2))

    def _waits(self, now: float, wait_s: float) -> Watch:
        return replace(self, wait_s=wait_s, next=now + wait_s)

    def _ended(self, why: str) -> Watch:
        return replace(self, over=why, next=None)
