"""The accessibility checker axe-core in a page of a real browser."""

from functools import cache
from pathlib import Path

from browsers.page import Page

_SOURCE = Path(__file__).parents[1] / "extension" / "node_modules" / "axe-core" / "axe.min.js"
#: colours are judged as they are once nothing moves any more
_STILL = """Promise.allSettled(document.getAnimations()
  .filter((each) => each.effect.getTiming().iterations !== Infinity).map((each) => each.finished))"""
_RUN = """axe.run(document, {resultTypes: ["violations"]}).then((found) => ({
  passes: found.passes.length,
  violations: found.violations.flatMap(({id, help, nodes}) =>
    nodes.map(({html, failureSummary}) => [id, help, html, failureSummary].join(": "))),
}))"""


@cache
def _source() -> str:
    assert _SOURCE.exists(), "first: npm ci --prefix tests/extension"
    return _SOURCE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What is wrong with the page as it is shown now: one sentence with the element for each."""
    # A driver takes an expression, and axe-core is statements; pages of an extension may not make functions of texts
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"((function () {{ {_source()}\n }}).call(window), null)")
    page.evaluate(f"{_STILL}.then(() => null)")
    found = page.evaluate(_RUN)
    assert found["passes"] > 0, "axe-core has looked at nothing"
    return list(found["violations"])
