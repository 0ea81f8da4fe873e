r"""Regular expressions of filters, matched by RE2: in time proportional to the text, whatever the pattern and the text.

``re`` goes back and tries again, so that a few characters of a stranger's post can keep it busy for years; it only says where a
pattern is wrong, which RE2 does not. Letters match without regard to case; ``\w \d \b`` know ASCII, ``\pL`` is any letter. What
needs going back in the text (lookaround, references to groups) is refused.
"""

from __future__ import annotations

import re
import warnings

_MEMORY_BYTES = 1024 * 1024


class PatternError(ValueError):
    """``why`` a pattern cannot be used, and ``at`` which of its characters, counted from 0."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.why, self.at = why, at


class Pattern:
    """A pattern, read."""

    def __init__(self, text: str) -> None:
        """Raise PatternError for a text that is no pattern."""
        import re2  # 10 ms, and only who filters by a pattern needs it

        lone = re.search("[\ud800-\udfff]", text)
        if lone is not None:
            raise PatternError("this is no character", lone.start())
        options = re2.Options()
        options.case_sensitive, options.log_errors, options.max_mem = False, False, _MEMORY_BYTES
        try:
            self._pattern = re2.compile(text, options=options)
        except re2.error as error:
            reason = bytes(error.args[0]).decode("utf-8", "replace") if error.args else "unknown"
            raise _placed(text, reason) from None

    def is_in(self, text: str) -> bool:
        """Whether it matches anywhere in the text."""
        return self._pattern.search(text.encode("utf-8", "replace").decode()) is not None


def _placed(text: str, reason: str) -> PatternError:
    """What is wrong with the pattern, and where, as far as ``re`` sees it too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what may mean something else one day
        try:
            re.compile(text)
        except re.error as error:
            return PatternError(error.msg, min(error.pos or 0, max(0, len(text) - 1)))
        except (OverflowError, RecursionError):
            return PatternError("it is too large", 0)
    return PatternError(f"this pattern cannot be used here ({reason})", 0)
