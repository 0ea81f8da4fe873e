"""The one table of browsers: where each keeps its data, and where it looks for native messaging hosts.

No other module names a browser's path; ``rows`` says what the columns and anchors mean.

Sources: Chromium's ``chrome_paths*.cc`` and ``launch_context_win.cc``, Firefox's ``nsXREDirProvider.cpp`` and
``NativeManifests.sys.mjs``, the vendors' pages, and for the forks the reports of their users. Chromium looks below its
own data folder; on Windows all look in the registry, and every Chromium that is not Edge also reads Chrome's key.
"""

from __future__ import annotations

from threadreel.errors import SetupError
from threadreel.setup.machine import System
from threadreel.setup.rows import Browser, Family, Sandbox, Whereabouts

#: our name among native messaging hosts: the file name of every manifest and the last part of every registry key
HOST_NAME = "io.github.threadreel.host"
MANIFEST_NAME = f"{HOST_NAME}.json"

_CHROME_KEY = "Software\\Google\\Chrome"
_CHROMIUM_KEY = "Software\\Chromium"
_EDGE_KEY = "Software\\Microsoft\\Edge"
_NO_WAY_OUT = (
    "may not start programs outside its sandbox, so it cannot use Threadreel; use the browser's usual package."
)


def _chromium(
    name: str,
    title: str,
    linux: str = "",
    macos: str = "",
    windows: str = "",
    keys: tuple[str, ...] = (_CHROME_KEY,),
    data_keys: tuple[str, ...] = (),
    also_macos: tuple[str, ...] = (),
    snap: str = "",
    flatpak: str = "",
) -> Browser:
    """A browser of the Chromium family: hosts are in ``NativeMessagingHosts`` below its data folder."""
    places: dict[System, Whereabouts] = {}
    if linux:
        folder = f"{{chromium}}/{linux}"
        places[System.LINUX] = Whereabouts(data=(folder,), manifests=(f"{folder}/NativeMessagingHosts",))
    if macos:
        folders = [f"{{support}}/{folder}" for folder in (macos, *also_macos)]
        places[System.MACOS] = Whereabouts(
            data=(folders[0],), manifests=tuple(f"{folder}/NativeMessagingHosts" for folder in folders)
        )
    if windows:
        places[System.WINDOWS] = Whereabouts(
            data=(windows,),
            keys=tuple(f"{key}\\NativeMessagingHosts" for key in keys),
            data_keys=tuple(f"{key}\\BLBeacon" for key in data_keys),
        )
    sandboxes = []
    if snap:
        sandboxes.append(Sandbox("snap", f"{{home}}/snap/{snap}", False, f"{title} as a snap {_NO_WAY_OUT}"))
    if flatpak:
        folder = f"{{home}}/.var/app/{flatpak}"
        sandboxes.append(Sandbox("Flatpak", folder, False, f"{title} as a Flatpak {_NO_WAY_OUT}"))
    return Browser(name, title, Family.CHROMIUM, places, tuple(sandboxes))


def _firefox(
    name: str,
    title: str,
    linux_data: tuple[str, ...],
    macos: str,
    windows: str,
    own_linux: str = "",
    own_macos: str = "",
    own_key: str = "",
    sandboxes: tuple[Sandbox, ...] = (),
    flatpak: str = "",
) -> Browser:
    """A browser of the Firefox family: Mozilla's folders and key, and its own where users report them."""
    if flatpak:
        folder = f"{{home}}/.var/app/{flatpak}"
        sandboxes = (*sandboxes, Sandbox("Flatpak", folder, False, f"{title} as a Flatpak {_NO_WAY_OUT}"))
    return Browser(
        name,
        title,
        Family.FIREFOX,
        {
            System.LINUX: Whereabouts(
                data=linux_data,
                manifests=("{home}/.mozilla/native-messaging-hosts",),
                own_manifests=(f"{{home}}/{own_linux}/native-messaging-hosts",) if own_linux else (),
            ),
            System.MACOS: Whereabouts(
                data=(f"{{support}}/{macos}",),
                manifests=("{support}/Mozilla/NativeMessagingHosts",),
                own_manifests=(f"{{support}}/{own_macos}/NativeMessagingHosts",) if own_macos else (),
            ),
            System.WINDOWS: Whereabouts(
                data=(f"{{roaming}}/{windows}",),
                keys=tuple(f"Software\\{key}\\NativeMessagingHosts" for key in ("Mozilla", own_key) if key),
            ),
        },
        sandboxes,
    )


_FIREFOX_SNAP = Sandbox(
    "snap",
    "{home}/snap/firefox",
    True,
    "Firefox as a snap asks you before it starts Threadreel; if nothing happens, "
    f"run: flatpak permission-set webextensions {HOST_NAME} snap.firefox yes",
)
_FIREFOX_FLATPAK = Sandbox(
    "Flatpak",
    "{home}/.var/app/org.mozilla.firefox",
    True,
    "Firefox as a Flatpak can start Threadreel only from Firefox 157 on, and only where xdg-native-messaging-proxy "
    "is installed.",
)

BROWSERS: tuple[Browser, ...] = (
    _chromium(
        "chrome",
        "Chrome",
        "google-chrome",
        "Google/Chrome",
        "{local}/Google/Chrome/User Data",
        data_keys=(_CHROME_KEY,),
        flatpak="com.google.Chrome",
    ),
    _chromium(
        "chrome-beta", "Chrome Beta", "google-chrome-beta", "Google/Chrome Beta", "{local}/Google/Chrome Beta/User Data"
    ),
    _chromium(
        "chrome-unstable",
        "Chrome Dev",
        "google-chrome-unstable",
        "Google/Chrome Dev",
        "{local}/Google/Chrome Dev/User Data",
        flatpak="com.google.ChromeDev",
    ),
    _chromium(
        "chrome-canary", "Chrome Canary", macos="Google/Chrome Canary", windows="{local}/Google/Chrome SxS/User Data"
    ),
    _chromium(
        "chrome-testing",
        "Chrome for Testing",
        "google-chrome-for-testing",
        "Google/Chrome for Testing",
        "{local}/Google/Chrome for Testing/User Data",
    ),
    _chromium(
        "chromium",
        "Chromium",
        "chromium",
        "Chromium",
        "{local}/Chromium/User Data",
        keys=(_CHROMIUM_KEY,),
        data_keys=(_CHROMIUM_KEY,),
        snap="chromium",
        flatpak="org.chromium.Chromium",
    ),
    _chromium(
        "ungoogled-chromium",
        "Ungoogled Chromium",
        "ungoogled-chromium",
        flatpak="io.github.ungoogled_software.ungoogled_chromium",
    ),
    _chromium(
        "edge",
        "Edge",
        "microsoft-edge",
        "Microsoft Edge",
        "{local}/Microsoft/Edge/User Data",
        keys=(_EDGE_KEY,),
        data_keys=(_EDGE_KEY,),
        flatpak="com.microsoft.Edge",
    ),
    _chromium(
        "edge-beta",
        "Edge Beta",
        "microsoft-edge-beta",
        "Microsoft Edge Beta",
        "{local}/Microsoft/Edge Beta/User Data",
        keys=(_EDGE_KEY,),
    ),
    _chromium(
        "edge-dev",
        "Edge Dev",
        "microsoft-edge-dev",
        "Microsoft Edge Dev",
        "{local}/Microsoft/Edge Dev/User Data",
        keys=(_EDGE_KEY,),
    ),
    _chromium(
        "edge-canary",
        "Edge Canary",
        macos="Microsoft Edge Canary",
        windows="{local}/Microsoft/Edge SxS/User Data",
        keys=(_EDGE_KEY,),
    ),
    _chromium(
        "brave",
        "Brave",
        "BraveSoftware/Brave-Browser",
        "BraveSoftware/Brave-Browser",
        "{local}/BraveSoftware/Brave-Browser/User Data",
        also_macos=("Google/Chrome",),  # brave_main_delegate.cc points it at Chrome's folder there
        snap="brave",
        flatpak="com.brave.Browser",
    ),
    _chromium(
        "brave-beta",
        "Brave Beta",
        "BraveSoftware/Brave-Browser-Beta",
        "BraveSoftware/Brave-Browser-Beta",
        "{local}/BraveSoftware/Brave-Browser-Beta/User Data",
        also_macos=("Google/Chrome",),
    ),
    _chromium(
        "brave-nightly",
        "Brave Nightly",
        "BraveSoftware/Brave-Browser-Nightly",
        "BraveSoftware/Brave-Browser-Nightly",
        "{local}/BraveSoftware/Brave-Browser-Nightly/User Data",
        also_macos=("Google/Chrome",),
    ),
    _chromium("brave-origin", "Brave Origin", "BraveSoftware/Brave-Origin"),
    _chromium(
        "vivaldi",
        "Vivaldi",
        "vivaldi",
        "Vivaldi",
        "{local}/Vivaldi/User Data",
        snap="vivaldi",
        flatpak="com.vivaldi.Vivaldi",
    ),
    _chromium("vivaldi-snapshot", "Vivaldi Snapshot", "vivaldi-snapshot", "Vivaldi Snapshot"),
    _chromium(
        "opera",
        "Opera",
        "opera",
        "com.operasoftware.Opera",
        "{roaming}/Opera Software/Opera Stable",
        keys=(_CHROME_KEY, "Software\\Opera Software"),
        also_macos=("Google/Chrome",),  # the vendor's page names Chrome's folder
        snap="opera",
        flatpak="com.opera.Opera",
    ),
    _firefox(
        "firefox",
        "Firefox",
        ("{home}/.mozilla/firefox", "{config}/mozilla/firefox"),
        "Firefox",
        "Mozilla/Firefox",
        sandboxes=(_FIREFOX_SNAP, _FIREFOX_FLATPAK),
    ),
    _firefox(
        "librewolf",
        "LibreWolf",
        ("{home}/.librewolf", "{config}/librewolf"),
        "librewolf",
        "librewolf",
        own_linux=".librewolf",
        own_macos="LibreWolf",
        own_key="LibreWolf",
        flatpak="io.gitlab.librewolf-community",
    ),
    _firefox(
        "waterfox",
        "Waterfox",
        ("{home}/.waterfox", "{config}/waterfox"),
        "Waterfox",
        "Waterfox",
        own_linux=".waterfox",
        flatpak="net.waterfox.waterfox",
    ),
    _firefox("zen", "Zen", ("{home}/.zen", "{config}/zen"), "zen", "zen", flatpak="app.zen_browser.zen"),
    _firefox(
        "floorp",
        "Floorp",
        ("{home}/.floorp", "{config}/floorp"),
        "Floorp",
        "Floorp",
        own_linux=".floorp",
        flatpak="one.ablaze.floorp",
    ),
)


def select_browsers(names: tuple[str, ...]) -> tuple[Browser, ...]:
    """The rows of these names, in the table's order; all rows for no name. Raises SetupError ``setup.browser``."""
    known = {browser.name for browser in BROWSERS}
    for name in names:
        if name not in known:
            listed = ", ".join(browser.name for browser in BROWSERS)
            raise SetupError("setup.browser", f'No browser is called "{name}" here.', f"Known names: {listed}.")
    return tuple(browser for browser in BROWSERS if not names or browser.name in names)
