"""A page that is to be photographed holds still first."""

from browsers.page import Page

#: the popup fits itself to its window when it has not changed for a while, and what the mouse had lit up goes out; what is out
#: of view never ends to move
_SETTLED = """Promise.race([
    new Promise((done) => setTimeout(done, 2000)),
    Promise.allSettled(document.getAnimations()
      .filter((each) => each.effect.getTiming().iterations !== Infinity).map((each) => each.finished)),
  ]).then(() => new Promise((done) => setTimeout(() => done(null), 700)))"""


def settle(page: Page) -> None:
    """Until nothing on it moves that ends to."""
    page.evaluate(_SETTLED)
