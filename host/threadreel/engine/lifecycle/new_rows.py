"""The rows that new jobs begin with."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from threadreel.engine.clock import Clock
from threadreel.engine.lifecycle.options import Options
from threadreel.library.job_table import JobRow
from threadreel.sites.base import Site, Target

#: parts made at once are this much apart, so that everybody lists them in the order in which they are served
_APART_S = 1e-6


class NewRows:
    """Makes rows for ``owner``; keeps none."""

    def __init__(self, owner: str, clock: Clock) -> None:
        self._owner, self._clock = owner, clock

    def of(self, site: Site, target: Target, options: Options) -> JobRow:
        """A job for this page."""
        row = self._blank(site.name, target, str(options.root), options.as_json())
        return replace(row, priority=options.priority_for(target.kind), watching=bool(options.watch))

    def parts(
        self, parent: JobRow, pages: Iterable[tuple[Target, str]], options: Mapping[str, Any], priority: str
    ) -> list[JobRow]:
        """A part of the parent for each thread, with its title as far as it is known."""
        blanks = ((self._blank(parent.site, target, parent.root, options), title) for target, title in pages)
        return [
            replace(row, parent=parent.id, priority=priority, title=title, created=row.created + index * _APART_S)
            for index, (row, title) in enumerate(blanks)
        ]

    def after(self, before: JobRow, target: Target, title: str, follow: dict[str, Any]) -> JobRow:
        """The watched job for the thread that follows the one of ``before``."""
        row = self._blank(before.site, target, before.root, {**before.options, "follow": follow})
        return replace(row, priority=before.priority, title=title, watching=True)

    def _blank(self, site: str, target: Target, root: str, options: Mapping[str, Any]) -> JobRow:
        return JobRow(
            id=secrets.token_hex(6),
            url=target.url,
            root=root,
            site=site,
            kind=str(target.kind),
            board=target.board,
            thread=target.thread,
            created=self._clock.time(),
            options=dict(options),
            owner=self._owner,
        )
