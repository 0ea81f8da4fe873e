"""Proxies that the environment names: when to use one, by requests' rules, and the way through it, with urllib3.

Both know the ways of proxies (tunnels, TLS inside TLS, SOCKS, networks that are left out) and cost a tenth of a second to
import, so they are imported only where a proxy may be set. A connection through SOCKS needs PySocks.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from threadreel.engine.network.connections import Origin


def proxy_for(url: str) -> str:
    """The proxy for this address; empty for none."""
    # elsewhere than on Linux the system's own settings may name one
    if sys.platform == "linux" and not any(name.lower().endswith("_proxy") for name in os.environ):
        return ""
    from requests.utils import get_environ_proxies, select_proxy

    found = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    return (found if "://" in found else f"http://{found}") if found else ""


def takes_whole_urls(origin: Origin) -> bool:
    """Whether requests to there are the proxy's to pass on: plain ones, but for SOCKS, which knows no requests."""
    return bool(origin.proxy) and origin.scheme == "http" and not _is_socks(origin.proxy)


def credentials(proxy: str) -> dict[str, str]:
    """The header that says who we are, where the proxy's address does."""
    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    from urllib3.util import make_headers

    return make_headers(proxy_basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}")


def connect_through(origin: Origin, context: Callable[[], ssl.SSLContext], timeout_s: float) -> socket.socket:
    """A connection to the server (TLS made), or to a proxy that passes on plain requests. Raises OSError."""
    import urllib3

    try:
        connection = (
            _socks(origin, context, timeout_s) if _is_socks(origin.proxy) else _http(origin, context, timeout_s)
        )
        connection.connect()
    except ImportError:
        raise OSError("a SOCKS proxy needs PySocks (pip install pysocks)") from None
    except urllib3.exceptions.HTTPError as error:
        is_refusal = isinstance(error, urllib3.exceptions.NewConnectionError)  # urllib3 counts it among the time-outs
        is_late = isinstance(error, urllib3.exceptions.TimeoutError) and not is_refusal
        raise TimeoutError if is_late else ConnectionError(str(error)) from error
    connected: socket.socket = connection.sock
    return connected


def _http(origin: Origin, context: Callable[[], ssl.SSLContext], timeout_s: float) -> Any:
    from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
    from urllib3.util import parse_url

    proxy = parse_url(origin.proxy)
    host, port = proxy.host or "", proxy.port or (443 if proxy.scheme == "https" else 80)
    if "https" not in (origin.scheme, proxy.scheme):
        return HTTPConnection(host, port, timeout=timeout_s, proxy=proxy)
    trust = context()
    config = ProxyConfig(trust, use_forwarding_for_https=False, assert_hostname=None, assert_fingerprint=None)
    connection = HTTPSConnection(host, port, timeout=timeout_s, proxy=proxy, proxy_config=config, ssl_context=trust)
    if origin.scheme == "https":
        connection.set_tunnel(origin.host, origin.port, credentials(origin.proxy), proxy.scheme or "http")
    return connection


def _socks(origin: Origin, context: Callable[[], ssl.SSLContext], timeout_s: float) -> Any:
    from urllib3.contrib.socks import SOCKSProxyManager

    pool = SOCKSProxyManager(origin.proxy).connection_from_host(origin.host, origin.port, origin.scheme)
    options: dict[str, Any] = {**pool.conn_kw, "host": origin.host, "port": origin.port, "timeout": timeout_s}
    if origin.scheme == "https":
        options["ssl_context"] = context()
    return pool.ConnectionCls(**options)


def _is_socks(proxy: str) -> bool:
    return proxy.lower().startswith("socks")
