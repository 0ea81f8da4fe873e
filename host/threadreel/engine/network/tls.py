"""The one TLS context of a process: verifying always, loaded once, shared by all connections.

A context for each connection would load the authorities anew every time, some 10 ms of CPU. Sharing has a trap: urllib3 sets the
ALPN protocols on the context for every new connection, and OpenSSL frees the old ones while another thread may be copying them
(CPython does not hold its lock there). So this context sets them once and lets later calls pass.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

from threadreel.errors import HttpError

#: whose authorities, all that are set, are trusted instead of those that certifi brings: requests' two, and OpenSSL's own
_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")


class SharedContext(ssl.SSLContext):
    """A client's context that several threads may use at once."""

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """Nothing: ``make_context`` has set them."""


def make_context(environment: Mapping[str, str]) -> SharedContext:
    """A context that verifies certificates and host names. HttpError ``http.tls`` when the authorities cannot be read."""
    context = SharedContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies by itself: CERT_REQUIRED, check_hostname
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION
    ssl.SSLContext.set_alpn_protocols(context, ["http/1.1"])
    # by what they name: to read a list twice takes as long as a handshake
    variables = {environment[name]: name for name in reversed(_VARIABLES) if environment.get(name)}
    for place, variable in variables.items():
        _trust(context, Path(place), f"{variable} names {place}")
    if not variables:
        import certifi

        _trust(context, Path(certifi.where()), "certifi's list is damaged")
    return context


def _trust(context: SharedContext, authorities: Path, source: str) -> None:
    try:
        if authorities.is_dir():
            context.load_verify_locations(capath=authorities)
        else:
            context.load_verify_locations(authorities)
    except (OSError, ssl.SSLError) as error:
        raise HttpError(
            "http.tls",
            f"The trusted certificates cannot be read: {source} ({error.strerror or error}).",
            "Mend the file, or unset the variable.",
        ) from error
