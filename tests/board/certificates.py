"""A certificate authority for the tests and a server certificate for the names of the real sites, made by openssl."""

import base64
import hashlib
import ssl
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LIMIT_S = 30


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files: ``authority`` is what clients trust, ``chain`` and ``key`` are the server's."""

    authority: Path
    chain: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """TLS settings for a server with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context

    @property
    def key_hash(self) -> str:
        """By which Chromium is told to trust the server: the SHA-256 of its public key (DER), in base64."""
        pem = _openssl("x509", "-in", str(self.chain), "-pubkey", "-noout")
        der = base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-")))
        return base64.b64encode(hashlib.sha256(der).digest()).decode()


def make_certificate(directory: Path, names: Iterable[str]) -> Certificate:
    """Write authority, chain and key for these host names and 127.0.0.1 into ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    made = Certificate(directory / "authority.pem", directory / "chain.pem", directory / "key.pem")
    authority_key = directory / "authority-key.pem"
    alternatives = ",".join(["IP:127.0.0.1", "DNS:localhost", *(f"DNS:{name}" for name in names)])
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "30")
    authority = ("-subj", "/CN=Threadreel tests", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    server = (
        *("-subj", "/CN=loopback board", "-CA", str(made.authority), "-CAkey", str(authority_key)),
        *("-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"),
        *("-addext", f"subjectAltName={alternatives}"),
    )
    _request(*new_key, *authority, "-keyout", str(authority_key), "-out", str(made.authority))
    _request(*new_key, *server, "-keyout", str(made.key), "-out", str(made.chain))
    return made


def _request(*arguments: str) -> None:
    _openssl("req", "-x509", *arguments)


def _openssl(*arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
