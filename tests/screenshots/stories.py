"""All stories by name, and what each needs."""

from collections.abc import Callable, Iterator

from e2e.scene import Scene
from screenshots import pages, states
from screenshots.pages import Options
from screenshots.states import Shown

Story = Callable[[Scene], Iterator[Shown | Options]]

STORIES: dict[str, Story] = {
    "newcomer": states.newcomer,
    "at-work": states.at_work,
    "in-trouble": states.in_trouble,
    "resting": states.resting,
    "through-browser": states.through_browser,
    "reading": states.reading,
    "growing": states.growing,
    "sizes": states.sizes,
    "boards": states.boards,
    "forty": states.forty,
    "past": states.past,
    "without-host": pages.without_host,
    "options": pages.options,
    "marks": pages.marks,
}
#: the browser has never shown the popup before
NEW_USERS = ("newcomer", "without-host")
#: the extension may see every site from the start
ALLOWED = ("marks",)
