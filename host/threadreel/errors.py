"""Everything that can go wrong and that a person should read about.

    ThreadreelError            code, message (a sentence), hint (what to do next)
    ├── RequestError           a message that cannot be read or obeyed     request.* protocol.* job.* file.*
    ├── UrlError               an address that is not ours                 url.*
    ├── SettingsError          a setting outside its schema                settings.*
    ├── SiteError              a site's answer that cannot be used         site.*
    ├── HttpError              the network or a server in the way          http.*
    │   └── BrowserError       the browser in the way, fetching for us     browser.*
    ├── RefusalError           a page that is shown only to browsers       http.refused
    ├── DiskError              the file system in the way                  disk.*
    ├── TemplateError          a name or folder template                   template.*
    ├── FilterError            a filter that cannot be read                filter.*
    ├── LedgerError            the ledger cannot be used                   ledger.*
    ├── DesktopError           no file manager or folder chooser           desktop.*
    └── SetupError             installing and being found by a browser     setup.*

Codes are ``area.reason``, stable, never reused. Library code raises these; only the two entry points turn
them into an exit status, and only the session turns them into an error reply.
"""

from __future__ import annotations


class ThreadreelError(Exception):
    """A failure with a stable ``code``, a ``message`` for people, and a ``hint`` that says what to do next."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def as_json(self) -> dict[str, str]:
        """The shape of ``error`` in replies, jobs and reports."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class RequestError(ThreadreelError):
    """A request that cannot be read, is unknown, or names something that is not there."""


class UrlError(ThreadreelError):
    """An address that is not a page of a known site."""


class SettingsError(ThreadreelError):
    """A setting that is unknown, of the wrong type or out of range."""


class SiteError(ThreadreelError):
    """An API answer that cannot be used."""


class HttpError(ThreadreelError):
    """A request that got no usable answer."""


class BrowserError(HttpError):
    """The browser was asked to fetch something and did not bring it.

    ``retry_after``: the header, when the site asked it to wait.
    """

    retry_after: str | None = None


class RefusalError(ThreadreelError):
    """An API refuses programs, but nobody in person: a browser may be shown what ``host`` (with its port, if any) has."""

    def __init__(self, host: str, message: str, hint: str) -> None:
        super().__init__("http.refused", message, hint)
        self.host = host

    def as_json(self) -> dict[str, str]:
        """With the ``host``, for which the extension can ask the person."""
        return {**super().as_json(), "host": self.host}


class DiskError(ThreadreelError):
    """The file system refuses."""


class TemplateError(ThreadreelError):
    """A name or folder template that cannot be used."""


class FilterError(ThreadreelError):
    """A filter that cannot be read: the whole ``text`` of it, and the ``place`` of the character, counted from 1."""

    def __init__(self, code: str, message: str, hint: str, text: str, place: int) -> None:
        super().__init__(code, message, hint)
        self.text, self.place = text, place


class LedgerError(ThreadreelError):
    """The ledger cannot be opened or is not ours."""


class DesktopError(ThreadreelError):
    """The desktop offers no file manager or folder chooser that we can ask."""


class SetupError(ThreadreelError):
    """The host cannot be registered or found."""
