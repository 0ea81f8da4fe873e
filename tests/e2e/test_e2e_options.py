"""The options page in real browsers: kept at once, refused beside the field, previewed, carried to a file and back."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from board.threads import plain_thread
from browsers.page import Page
from e2e.scene import DONE, Scene
from waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.in_turn]

_CHANGE = "(e => (e.{property} = {value}, e.dispatchEvent(new Event('change', {{bubbles: true}})), null))({element})"
_ELEMENT = "document.querySelector('[data-test={name}]')"
_DARK, _LIGHT = "rgb(28, 31, 30)", "rgb(255, 255, 255)"


def change(page: Page, name: str, value: object) -> None:
    """Enter this in the field and leave it."""
    found = "checked" if isinstance(value, bool) else "value"
    element = _ELEMENT.format(name=name)
    page.evaluate(_CHANGE.format(property=found, value=json.dumps(value), element=element))


def value(page: Page, name: str) -> Any:
    """What the field holds."""
    return page.evaluate(f"{_ELEMENT.format(name=name)}.value")


def give_file(page: Page, content: object) -> None:
    """Choose a file with this content for the import."""
    text = content if isinstance(content, str) else json.dumps(content)
    page.evaluate(
        f"""(() => {{
          const chosen = new DataTransfer();
          chosen.items.add(new File([{json.dumps(text)}], "mine.json"));
          const input = {_ELEMENT.format(name="import-file")};
          input.files = chosen.files;
          input.dispatchEvent(new Event("change"));
          return null;
        }})()"""
    )


def settings(scene: Scene) -> dict[str, Any]:
    """The host's settings file; empty as long as nothing was changed."""
    file = scene.home / "settings.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def colour(page: Page) -> str:
    """What the page stands on."""
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_what_is_entered_is_kept_at_once_or_refused_beside_its_field(scene: Scene) -> None:
    page = scene.options_page()
    assert value(page, "transfers-per-host") == "6"
    change(page, "transfers-per-host", "50")
    assert page.wait_for("@transfers-per-host-error").startswith("How many files")
    assert page.attribute("@transfers-per-host", "aria-invalid") == "true"
    assert "transfers-per-host-error" in (page.attribute("@transfers-per-host", "aria-describedby") or "")
    change(page, "transfers-per-host", "")
    page.wait_for("@transfers-per-host-error", "number")
    change(page, "transfers-per-host", "3")
    page.wait_for("@transfers-per-host-saved")
    page.wait_for("@said", "Saved")
    assert page.attribute("@transfers-per-host", "aria-invalid") == "false"
    change(page, "speed-cap", "1.5")
    page.wait_for("@speed-cap-saved")
    change(page, "only-videos", False)
    page.wait_for("@only-images-saved")
    change(page, "finish-after-close", True)
    page.wait_for("@finish-after-close-saved")
    kept = settings(scene)
    assert kept["transfers_per_host"] == 3
    assert kept["speed_cap_bytes_per_s"] == 1_500_000
    assert kept["only"] == ["images", "other"]
    assert kept["finish_after_close"] is True
    page = scene.options_page()
    wait_until(lambda: value(page, "speed-cap") == "1.5", "the settings to be shown")
    assert page.evaluate("[...document.querySelectorAll('[data-setting=only] input')].map(e => e.checked)") == [
        True,
        False,
        True,
    ]
    for name in ("only-images", "only-other"):
        change(page, name, False)
    page.wait_for("@only-error", "one kind")
    assert settings(scene)["only"] == ["other"]


def test_templates_show_what_the_last_thread_would_be(scene: Scene) -> None:
    thread = plain_thread(3, title="Paper boats")
    scene.board.add(thread)
    page = scene.options_page()
    page.wait_for("@preview-about", "Once you have saved")
    popup = scene.show(thread)
    popup.click("@download")
    popup.wait_for(DONE)
    popup.close()
    page = scene.options_page()
    page.wait_for("@preview-folder", f"4chan/g/{thread.no} Paper boats")
    page.fill("@folder-template", "{board}/{thread}")
    page.wait_for("@preview-folder", f"g/{thread.no}")
    page.fill("@name-template", "{index} {name}{ext}")
    page.wait_for("@preview-names", "001 ")
    assert settings(scene) == {}
    page.fill("@name-template", "{nme}{ext}")
    assert "there is no field {nme}" in page.wait_for("@name-template-error", "nme")
    change(page, "name-template", "{nme}{ext}")
    page.wait_for("@name-template-error", "nme")
    change(page, "name-template", "{index} {name}{ext}")
    page.wait_for("@name-template-saved")
    assert page.text("@name-template-error") == ""
    assert settings(scene)["name_template"] == "{index} {name}{ext}"
    assert len(scene.board.requests("*.json")) == 1


def test_a_board_is_added_changed_and_removed(scene: Scene) -> None:
    page = scene.options_page()
    page.click("@add-board")
    for part, text in {"name": "Mine", "page": "boards.example", "api": "https://api.example"}.items():
        page.fill(f"@board-{part}", text)
    page.click("@board-save")
    page.wait_for("@board-page-error", "The address under which its pages are")
    assert page.evaluate("document.activeElement.id") == "board-page"
    page.fill("@board-page", "https://boards.example")
    page.evaluate("(document.querySelector('#board-media').value = 'https://media.example', null)")
    page.click("@board-save")
    page.wait_for("@boards", "https://boards.example")
    wait_until(lambda: not page.exists("@board-form"), "the form to be closed")
    assert [board["media"] for board in settings(scene)["boards"]] == ["https://media.example"]
    sites = page.evaluate(
        "(globalThis.browser ?? chrome).storage.local.get('sites').then(({sites}) => sites.map(({name}) => name))"
    )
    assert "Mine" in sites
    page.click("@add-board")
    page.fill("@board-name", "Mine")
    for part in ("page", "api", "media"):
        page.evaluate(f"(document.querySelector('#board-{part}').value = 'https://{part}.example', null)")
    page.click("@board-save")
    page.wait_for("@board-name-error", "already a site of that name")
    page.fill("@board-name", "Other")
    page.click("@board-save")
    page.wait_for("@boards", "Other")
    wait_until(lambda: not page.exists("@board-form"), "the form to be closed")
    page.click("@edit-board")
    assert value(page, "board-name") == "Mine"
    page.fill("@board-name", "Ours")
    page.click("@board-save")
    page.wait_for("@boards", "Ours")
    page.click("@remove-board")
    wait_until(lambda: [board["name"] for board in settings(scene)["boards"]] == ["Other"], "the board to be gone")


def test_a_chosen_theme_holds_on_every_page_at_once(scene: Scene) -> None:
    scene.browser.set_dark(False)
    page = scene.options_page()
    assert colour(page) == _LIGHT
    change(page, "theme", "dark")
    wait_until(lambda: colour(page) == _DARK, "the page to be dark")
    popup = scene.browser.open_popup()
    popup.wait_for("main")
    assert colour(popup) == _DARK
    popup.close()
    change(page, "theme", "light")
    wait_until(lambda: colour(page) == _LIGHT, "the page to be light")


def test_settings_go_into_a_file_and_come_back_whole_or_not_at_all(scene: Scene) -> None:
    page = scene.options_page()
    change(page, "retries", "9")
    page.wait_for("@status", "ready")
    wait_until(lambda: settings(scene).get("retries") == 9, "the setting to be kept")
    page.evaluate("(window.written = [], URL.createObjectURL = (blob) => (written.push(blob.text()), 'data:,'), null)")
    page.click("@export")
    page.wait_for("@file-done", "threadreel-settings.json")
    written = json.loads(page.evaluate("written[0]"))
    assert written["settings"]["retries"] == 9
    assert "directory" not in written["settings"]
    assert written["preferences"] == {"theme": "system", "notifications": "none", "watch_by_default": False}
    before = settings(scene)
    give_file(
        page, {"threadreel": 1, "settings": {"retries": 2, "log_level": "loud"}, "preferences": {"theme": "dark"}}
    )
    page.wait_for("@file-error", "log_level")
    give_file(page, "{")
    page.wait_for("@file-error", "mine.json holds no settings")
    give_file(page, {"threadreel": 1, "settings": {"retries": 2}, "preferences": {"theme": "pink"}})
    page.wait_for("@file-error", "cannot be")
    assert settings(scene) == before
    assert value(page, "theme") == "system"
    give_file(page, written | {"settings": written["settings"] | {"retries": 2}, "preferences": {"theme": "dark"}})
    page.wait_for("@file-done", "mine.json")
    assert settings(scene)["retries"] == 2
    assert value(page, "theme") == "dark"
    page.click("@reset")
    page.click("@reset-now")
    page.wait_for("@file-done", "as they were at first")
    assert settings(scene)["retries"] == 5
    assert value(page, "theme") == "system"
    wait_until(lambda: value(page, "retries") == "5", "the default to be shown")


def test_without_the_host_it_says_so_and_what_is_the_browsers_can_be_set(
    make_scene: Callable[..., Scene], browser_name: str
) -> None:
    scene = make_scene(browser_name, register=False)
    page = scene.browser.extension_page("options/options.html")
    page.wait_for("@status", "not there")
    disabled = "[...document.querySelectorAll('[data-setting] :is(input, select)')].every((each) => each.disabled)"
    assert page.evaluate(disabled)
    for name in ("choose", "add-board", "export", "reset"):
        assert page.evaluate(f"{_ELEMENT.format(name=name)}.disabled"), name
    change(page, "theme", "dark")
    wait_until(lambda: colour(page) == _DARK, "the page to be dark")
    change(page, "watch-by-default", True)
    page.wait_for("@watch-by-default-saved")
