"""All sites of this installation: those the software modules know, and the boards of the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from threadreel.errors import SettingsError, UrlError
from threadreel.sites import fourchan
from threadreel.sites.address import Root, read_address, read_root
from threadreel.sites.base import Site, Target


class Software(Protocol):
    """What a module for a board software offers. The module itself is passed around; ``self`` is the module."""

    def known_sites(self) -> tuple[Site, ...]:
        """The sites that need no setting."""

    def custom_site(self, name: str, page: Root, api: Root, media: Root) -> Site:
        """A board from the settings."""


#: every software this version speaks, by the name settings and messages give it: a new one is one line here
SOFTWARE: Mapping[str, Software] = MappingProxyType({"4chan": fourchan})

_NAME_CHARS = 40
_SHOWN_CHARS = 80
_ADDRESS_LIKE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^\s/?#]\S*")


class Registry:
    """The sites, in the order in which they are asked. Immutable: changed settings make a new one."""

    def __init__(self, boards: Sequence[Mapping[str, Any]] = (), software: Mapping[str, Software] = SOFTWARE) -> None:
        """``boards`` as in the settings: {name, software, page, api, media}, the last three root URLs.

        Raises SettingsError ``settings.invalid``, naming the board, when one cannot be used.
        """
        sites = [site for module in software.values() for site in module.known_sites()]
        taken = {site.name.casefold() for site in sites}
        for board in boards:
            site = _custom_site(board, software)
            if site.name.casefold() in taken:
                raise _refusal(site.name, "there is already a site of that name", "Give it another name.")
            taken.add(site.name.casefold())
            sites.append(site)
        self._sites = tuple(sites)
        self._software = tuple(software)

    @property
    def sites(self) -> tuple[Site, ...]:
        """All of them."""
        return self._sites

    def by_name(self, name: str) -> Site:
        """The site of that exact name; raises UrlError ``url.unsupported`` when it is not here (any more)."""
        for site in self._sites:
            if site.name == name:
                return site
        raise UrlError(
            "url.unsupported",
            f"There is no site called {_shown(name)}. {self._known()}",
            "If it was one of your boards, add it to the settings again.",
        )

    def find(self, url: str) -> tuple[Site, Target]:
        """The site that ``url`` belongs to, and what it leads to there.

        Raises UrlError: ``url.invalid`` when it is not an address at all, ``url.unsupported`` when it is one of no
        known site or not of a thing to download.
        """
        found = self.recognise(url)
        if found is None:
            raise self._why_not(url)
        return found

    def recognise(self, url: str) -> tuple[Site, Target] | None:
        """Likewise; None for what is nothing to download."""
        for site in self._sites:
            target = site.recognise(url)
            if target is not None:
                return site, target
        return None

    def _why_not(self, url: str) -> UrlError:
        hint = "Open a thread in the browser and use the address of that page."
        address = read_address(url)
        if address is None and not _ADDRESS_LIKE.fullmatch(url.strip(" ")):
            return UrlError("url.invalid", f"{_shown(url)} is not a web address.", hint)
        for site in self._sites:
            if address is not None and address.host in _hosts(site):
                what = f"{_shown(url)} is on {site.name}, but it is no thread, catalog, board, archive or file."
                return UrlError("url.unsupported", what, hint)
        return UrlError(
            "url.unsupported",
            f"{_shown(url)} is not an address of a site that can be read. {self._known()}",
            f"{hint} Other boards that run {' or '.join(self._software)} can be added in the settings.",
        )

    def _known(self) -> str:
        return f"Known sites: {', '.join(site.name for site in self._sites)}."


def _hosts(site: Site) -> set[str]:
    """Hosts of the site's pages (as far as patterns tell: without port), API and media."""
    return {*site.hosts, *(pattern.split("/")[2] for pattern in site.match_patterns)}


def _custom_site(board: Mapping[str, Any], software: Mapping[str, Software]) -> Site:
    name = board.get("name")
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > _NAME_CHARS:
        raise _refusal(name, f"its name must be 1 to {_NAME_CHARS} printable characters", "Give it a short name.")
    module = software.get(str(board.get("software")))
    if module is None:
        what = f"its software {_shown(board.get('software'))} is not known"
        raise _refusal(name, what, f"This version speaks {', '.join(software)}.")
    page, api, media = (_root(board, part) for part in ("page", "api", "media"))
    return module.custom_site(name, page, api, media)


def _root(board: Mapping[str, Any], part: str) -> Root:
    root = read_root(str(board.get(part)))
    if root is None:
        what = f"its {part} root {_shown(board.get(part))} is not an http or https address"
        raise _refusal(board.get("name"), what, "A root looks like https://boards.example.org, without ? and #.")
    return root


def _refusal(name: object, why: str, hint: str) -> SettingsError:
    return SettingsError("settings.invalid", f"The board {_shown(name)} cannot be used: {why}.", hint)


def _shown(value: object) -> str:
    """``value`` as it may stand in a message: short, and without characters that cannot be seen."""
    text = str(value)
    text = text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"
    return repr("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text))
