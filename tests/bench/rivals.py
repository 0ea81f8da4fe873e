"""The engines side by side: for each, how it fetches the whole thread into an empty folder, and how its result is checked."""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from site_under_load import BOARD, THREAD, Site


@dataclass(frozen=True)
class Run:
    """One engine's commands, run one after the other in ``folder``; together they are one measurement."""

    commands: tuple[tuple[str, ...], ...]
    environment: Mapping[str, str] = field(default_factory=dict)


#: prepares an empty folder for a run with so many connections
Engine = Callable[[Site, Path, int], Run]


def threadreel(site: Site, folder: Path, connections: int) -> Run:
    """Our whole process: thread JSON, names, both hashes, ledger, report."""
    home = folder / "home"
    home.mkdir()
    root = site.root_url
    board = {"name": "bench", "software": "4chan", "page": root, "api": root, "media": root}
    (home / "settings.json").write_text(json.dumps({"boards": [board], "transfers_per_host": connections}))
    command = (sys.executable, "-m", "threadreel.cli", "get", f"{root}/{BOARD}/thread/{THREAD}", "--dir", str(folder))
    environment = {"THREADREEL_HOME": str(home), "REQUESTS_CA_BUNDLE": str(site.authority)}
    return Run((command,), environment)


def aria2(site: Site, folder: Path, connections: int, *, checksum: bool = True) -> Run:
    """aria2c with the MD5 of every file, or without."""
    lines = []
    for url, file in zip(site.urls(), site.files, strict=True):
        lines.append(url + (f"\n  checksum=md5={file.md5}" if checksum else ""))
    (folder / "urls.txt").write_text("\n".join(lines) + "\n")
    command = ("aria2c", "-q", "-i", "urls.txt", f"-j{connections}", f"--ca-certificate={site.authority}")
    return Run(((*command, "-x1", "-s1", "--file-allocation=none", "--no-conf"),))


def aria2_unchecked(site: Site, folder: Path, connections: int) -> Run:
    """aria2c, trusting what it gets."""
    return aria2(site, folder, connections, checksum=False)


def curl_and_sums(site: Site, folder: Path, connections: int) -> Run:
    """curl --parallel, then md5sum and sha256sum over all: what a careful person does in a shell."""
    lines = [f'url = "{url}"\noutput = "{url.rpartition("/")[2]}"' for url in site.urls()]
    (folder / "urls.txt").write_text("\n".join(lines) + "\n")
    fetch = ("curl", "-s", "--cacert", str(site.authority), "--parallel", "--parallel-max", str(connections))
    sums = "md5sum *.jpg > md5.txt && sha256sum *.jpg > sha256.txt"
    return Run(((*fetch, "--parallel-immediate", "-K", "urls.txt"), ("sh", "-c", sums)))


def gallery_dl(site: Site, folder: Path, _connections: int) -> Run:
    """gallery-dl, one file after the other as it does."""
    (folder / "urls.txt").write_text("\n".join(site.urls()) + "\n")
    program = shutil.which("gallery-dl") or str(Path(sys.executable).with_name("gallery-dl"))
    command = (program, "-q", "--config-ignore", "-D", str(folder), "-i", "urls.txt")
    return Run((command,), {"REQUESTS_CA_BUNDLE": str(site.authority)})


ENGINES: Mapping[str, Engine] = {
    "threadreel": threadreel,
    "aria2c --checksum": aria2,
    "aria2c": aria2_unchecked,
    "curl + sums": curl_and_sums,
    "gallery-dl": gallery_dl,
}


def is_complete(site: Site, folder: Path) -> bool:
    """Whether every file of the site is somewhere below the folder, byte for byte."""
    wanted = {file.md5 for file in site.files}
    found = set()
    for directory, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".jpg"):
                found.add(hashlib.md5(Path(directory, name).read_bytes()).hexdigest())
    return wanted <= found
