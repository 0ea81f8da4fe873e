"""The native host, and beside what it says itself news of files that land: one event each, as many as a browser is asked to bear.

landing_host.py ADDRESSES: as soon as this file is there, every address in it (JSON) is told as saved, 100 in a second.
"""

import json
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

_PAUSE_S = 0.01
_LENGTH = struct.Struct("=I")


def land(addresses: Path, say: threading.Lock, out: BinaryIO) -> None:
    """Tell of each file, take the list away when all are told, and wait for the next."""
    while True:
        time.sleep(_PAUSE_S)
        if not addresses.exists():
            continue
        for number, url in enumerate(json.loads(addresses.read_text("utf-8"))):
            name, size = url.rsplit("/", 1)[1], {"size": 1, "done": 1}
            file = {
                "id": f"{number}",
                "post": number,
                "name": name,
                "url": url,
                "state": "saved",
                "reason": None,
            } | size
            write(out, say, json.dumps({"type": "files.changed", "job": "landing", "files": [file]}).encode())
            time.sleep(_PAUSE_S)
        addresses.unlink()


def write(out: BinaryIO, say: threading.Lock, message: bytes) -> None:
    """One frame, whole."""
    with say:
        out.write(_LENGTH.pack(len(message)) + message)
        out.flush()


def main() -> None:
    """Until the browser has closed the port."""
    out, say = sys.stdout.buffer, threading.Lock()
    # it reads what the browser says itself, and ends with it
    with subprocess.Popen([sys.executable, "-m", "threadreel.native"], stdout=subprocess.PIPE) as host:
        assert host.stdout
        threading.Thread(target=land, args=(Path(sys.argv[1]), say, out), daemon=True).start()
        while head := host.stdout.read(_LENGTH.size):
            write(out, say, host.stdout.read(*_LENGTH.unpack(head)))


if __name__ == "__main__":
    main()
