"""Makes the extension's PNG icons from its SVG, at every size that browsers and stores ask for.

    python tests/screenshots/icons.py

Drawn by Chromium itself, on nothing: what is around the circle stays transparent.
"""

import base64
import shutil
import tempfile
from pathlib import Path

from selenium import webdriver

ICONS = Path(__file__).parents[2] / "extension" / "icons"
SIZES_PX = (16, 32, 48, 96, 128)
_PAGE = """<!doctype html><style>* {{ margin: 0 }} img {{ display: block; width: {size}px; height: {size}px }}</style>
<img src="data:image/svg+xml;base64,{picture}">"""


def draw(driver: webdriver.Chrome, svg: bytes, size_px: int) -> bytes:
    """The picture as a PNG of this width and height."""
    page = _PAGE.format(size=size_px, picture=base64.b64encode(svg).decode())
    driver.get(f"data:text/html;base64,{base64.b64encode(page.encode()).decode()}")
    nothing = {"r": 0, "g": 0, "b": 0, "a": 0}
    driver.execute_cdp_cmd("Emulation.setDefaultBackgroundColorOverride", {"color": nothing})
    clip = {"x": 0, "y": 0, "width": size_px, "height": size_px, "scale": 1}
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})
    return base64.b64decode(shot["data"])


def main() -> None:
    """Every size, written over what is there."""
    svg = (ICONS / "icon.svg").read_bytes()
    with tempfile.TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for argument in ("--headless=new", "--no-sandbox", "--no-first-run", f"--user-data-dir={profile}"):
            options.add_argument(argument)
        driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
        try:
            for size_px in SIZES_PX:
                (ICONS / f"icon-{size_px}.png").write_bytes(draw(driver, svg, size_px))
        finally:
            driver.quit()


if __name__ == "__main__":
    main()
