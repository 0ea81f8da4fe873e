"""How large things are in a browser, and whether a person reaches all of a page in the room it has then."""

from browsers.browser import Browser
from browsers.firefox import Firefox
from browsers.page import Page

#: what is wider than the room, or cannot be brought into view; all is scrolled back to where it was
_OUT_OF_REACH = """(() => {
  const all = [...document.querySelectorAll('*')], places = all.map(({scrollTop}) => scrollTop);
  const controls = all.filter((each) => each.matches('button, input, textarea, select, summary, a') && each.checkVisibility());
  const found = controls.filter((each) => {
    each.scrollIntoView({block: 'nearest', inline: 'nearest'});
    const {left, right, top, bottom} = each.getBoundingClientRect();
    return left < 0 || right > innerWidth + 1 || top < -1 || bottom > innerHeight + 1;
  });
  all.forEach((each, number) => (each.scrollTop = places[number]));
  const isWider = document.documentElement.scrollWidth > innerWidth;
  return [...(isWider ? ['the page'] : []), ...found.map((each) => each.outerHTML.slice(0, 200))];
})()"""
#: Firefox lets the edge of the screen cut a popup off, and does not tell its page
_BELOW_SCREEN = "innerHeight > screen.availTop + screen.availHeight - (window.mozInnerScreenY ?? -Infinity)"


def enlarge(browser: Browser, percent: int) -> None:
    """Pages and popups opened from now on are so large: in Chromium by the page zoom in its settings, which holds for popups
    too; in Firefox by the size of the system's text, for there the page zoom does not.
    """
    if isinstance(browser, Firefox):
        browser.in_window("Services.prefs.setIntPref('ui.textScaleFactor', args[0])", percent)
        return
    here = browser.tab.evaluate("location.href")
    browser.goto("chrome://settings/appearance")
    browser.tab.evaluate(f"new Promise((done) => chrome.settingsPrivate.setDefaultZoom({percent / 100}, done))")
    browser.goto(here)


def out_of_reach(page: Page) -> list[str]:
    """What a person does not get at: everything below the screen's edge, or the beginnings of elements."""
    if page.evaluate(_BELOW_SCREEN):
        return ["what is below the screen"]
    return list(page.evaluate(_OUT_OF_REACH))
