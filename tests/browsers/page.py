"""A page in a browser, be it a tab or the popup: what a test reads in it and does to it.

Elements are named by CSS, in which ``@name`` stands for ``[data-test="name"]``; hidden ones do not count.
"""

import json
import re
from abc import ABC, abstractmethod
from typing import Any

from waiting import wait_until


class Page(ABC):
    """Everything is one JavaScript expression away."""

    @abstractmethod
    def evaluate(self, expression: str) -> Any:
        """The JSON value of the expression in the page; promises are awaited."""

    @abstractmethod
    def png(self) -> bytes:
        """The page at its natural size."""

    def exists(self, css: str) -> bool:
        """Whether such an element is there and visible."""
        return bool(self.evaluate(f"!!{element(css)}"))

    def count(self, css: str) -> int:
        """How many such elements there are, hidden ones too."""
        return int(self.evaluate(f"document.querySelectorAll({json.dumps(_selector(css))}).length"))

    def text(self, css: str) -> str:
        """The text of the first such element; empty when there is none."""
        return str(self.evaluate(f"{element(css)}?.innerText ?? ''"))

    def attribute(self, css: str, name: str) -> str | None:
        """An attribute of the first such element."""
        return self.evaluate(f"{element(css)}?.getAttribute({json.dumps(name)}) ?? null")

    def click(self, css: str) -> None:
        """Press the first such element, once it is there and may be pressed."""
        ready = f"!!{element(css)} && !{element(css)}.disabled"
        wait_until(lambda: self.evaluate(ready), f"{css} to be there and enabled")
        self.evaluate(f"({element(css)}.click(), null)")

    def fill(self, css: str, text: str) -> None:
        """Type into a field."""
        self.evaluate(
            f"(e => (e.value = {json.dumps(text)}, e.dispatchEvent(new Event('input', {{bubbles: true}})), null))({element(css)})"
        )

    def wait_for(self, css: str, text: str = "", timeout_s: float = 15) -> str:
        """The text of such an element, once it is visible and holds ``text``."""

        def found() -> list[str]:
            shown = self.text(css) if self.exists(css) else None
            return [shown] if shown is not None and text in shown else []

        return wait_until(
            found,
            f"{css} with {text!r} in {self.evaluate('document.body?.innerText ?? document.textContent')!r}",
            timeout_s,
        )[0]


def _selector(css: str) -> str:
    return re.sub(r"@([a-z-]+)", r'[data-test="\1"]', css)


def element(css: str) -> str:
    """The expression of the first such element that is visible."""
    is_visible = "(each) => each.checkVisibility({visibilityProperty: true})"
    return f"[...document.querySelectorAll({json.dumps(_selector(css))})].find({is_visible})"
