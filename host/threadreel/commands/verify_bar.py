"""The progress of ``threadreel verify`` and ``rebuild`` on a terminal: a bar over all bytes, and a line for each trouble."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.text import Text

from threadreel.commands.narration import visible
from threadreel.library.verification import TROUBLE, Condition, Finding


class VerifyBar:
    """A bar from ``start`` to ``stop``."""

    def __init__(self, total_bytes: int, doing: str = "Verifying") -> None:
        self._console = Console(highlight=False)
        self._progress = Progress(
            TextColumn(doing),
            BarColumn(None),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=total_bytes)

    def start(self) -> None:
        """It is there."""
        self._progress.start()

    def stop(self) -> None:
        """The terminal is as it was. Also without ``start``; twice is once."""
        self._progress.stop()

    def finding(self, finding: Finding) -> None:
        """The bar moves on; a file that is not as it was saved gets its line."""
        self._progress.advance(self._task, finding.file.size)
        if finding.condition is not Condition.OK:
            colour = "red" if finding.condition in TROUBLE else "yellow"
            self._console.print(Text(visible(str(finding)), colour), soft_wrap=True)
