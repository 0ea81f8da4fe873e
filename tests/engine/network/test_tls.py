"""The shared TLS context: what it trusts, and that many threads may connect with it at once."""

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from board.certificates import Certificate
from board.server import Board
from repeats import repeats
from threadreel.engine.network.tls import SharedContext, make_context
from threadreel.errors import HttpError

_THREADS = 12


def shake_hands(context: ssl.SSLContext, board: Board, name: str = "a.4cdn.org") -> str | None:
    """Connect as urllib3 does, which sets the ALPN protocols for every connection; the version that was agreed on."""
    context.set_alpn_protocols(["http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", board.https_port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        return connection.version()


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_environment_says_whom_to_trust(board: Board, certificate: Certificate, variable: str) -> None:
    context = make_context({variable: str(certificate.authority)})
    assert shake_hands(context, board) in ("TLSv1.2", "TLSv1.3")


def test_all_variables_that_are_set_hold(board: Board, certificate: Certificate, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    ours, nobody = str(certificate.authority), str(empty)
    for environment in (
        {"REQUESTS_CA_BUNDLE": ours, "SSL_CERT_FILE": nobody},
        {"REQUESTS_CA_BUNDLE": nobody, "SSL_CERT_FILE": ours},
        {"CURL_CA_BUNDLE": nobody, "SSL_CERT_FILE": ours},
    ):
        assert shake_hands(make_context(environment), board)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(make_context({"REQUESTS_CA_BUNDLE": nobody}), board)


def test_without_a_variable_the_public_authorities_hold_and_ours_is_refused(board: Board) -> None:
    context = make_context({})
    assert context.cert_store_stats()["x509_ca"] > 50
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(context, board)


def test_another_name_than_the_certificates_is_refused(board: Board, certificate: Certificate) -> None:
    context = make_context({"SSL_CERT_FILE": str(certificate.authority)})
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(context, board, "evil.example")


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_certificates_that_cannot_be_read_are_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(HttpError, match=r"REQUESTS_CA_BUNDLE names .*bundle\.pem") as caught:
        make_context({"REQUESTS_CA_BUNDLE": str(path)})
    assert caught.value.code == "http.tls"


def test_many_threads_connect_with_one_context(board: Board, certificate: Certificate) -> None:
    context = make_context({"SSL_CERT_FILE": str(certificate.authority)})
    assert isinstance(context, SharedContext)
    connections = repeats(2_000)
    with ThreadPoolExecutor(_THREADS) as threads:
        versions = list(threads.map(lambda _: shake_hands(context, board), range(connections)))
    assert set(versions) <= {"TLSv1.2", "TLSv1.3"}
