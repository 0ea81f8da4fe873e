"""A whole board over HTTP, as large as real catalogs are: what the server saw, how long it took, and how much memory.

python tests/bench/whole_board.py [--interval SECONDS] [--threads 150]

The board is made up, in the shape of recorded catalogs: ten pages of fifteen threads, of which a few are long and most are short,
one sticky, one that dies before it is read, one whose first file was deleted. With ``--interval`` the API is asked more often than
a real one may be; all else is as it is for everybody.
"""

import argparse
import itertools
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]
HOST = TESTS.parent / "host"
sys.path[:0] = [str(TESTS), str(HOST)]

from board import faults  # noqa: E402
from board.server import Board  # noqa: E402
from board.threads import plain_thread  # noqa: E402
from threadreel.demo.samples import SampleThread  # noqa: E402
from threadreel.settings import SettingsFile  # noqa: E402

MEDIAN_FILES, SPREAD, MOST_FILES = 25, 0.9, 150
SIZES = (2_000, 4_000, 9_000, 30_000)
LIMIT_S = 900
#: the process that downloads; it prints the job as it ended, and its own memory
CHILD = """
import dataclasses, json, os, sys, resource, time
from threadreel.engine.engine import Engine
from threadreel.places import find_places
from threadreel.settings import SettingsFile

places, interval_s = find_places(os.environ), float(sys.argv[2])
told = [0, 0]
def hear(event):
    told[0] += 1
    told[1] += len(json.dumps(event))
engine = Engine(places, SettingsFile(places.settings_file), hear)
if interval_s:
    engine._registry._sites = tuple(dataclasses.replace(site, api_interval_s=interval_s) for site in engine._registry.sites)
began, cpu = time.monotonic(), time.process_time()
(job,) = engine.start([sys.argv[1]], engine.options())
while not engine.wait([job["id"]], 1.0):
    pass
figures = {"job": engine.job(job["id"]), "took_s": time.monotonic() - began, "cpu_s": time.process_time() - cpu,
    "events": told[0], "event_bytes": told[1], "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "health": engine.health()["pool"]}
engine.stop()
print(json.dumps(figures))
"""


def fill(board: Board, threads: int) -> dict[str, int]:
    """Threads of as many files as threads on boards have; how many files each has."""
    chance = random.Random("whole board")
    made = {}
    for number in range(1, threads + 1):
        files = min(MOST_FILES, max(1, round(chance.lognormvariate(0, SPREAD) * MEDIAN_FILES)))
        thread = plain_thread(files, SIZES, no=1000 * number, seed=number, title=f"Thread {number} / about something")
        shown = SampleThread(thread.board, thread.title, thread.posts, thread.modified + 1000 * number)
        board.add(shown)
        made[f"/g/thread/{thread.no}.json"] = files
    board.always("/g/thread/7000.json", faults.status(404))
    return made


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--interval", type=float, default=0.0)
    arguments.add_argument("--threads", type=int, default=150)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, Board(Path(folder)) as board:
        made = fill(board, chosen.threads)
        home = Path(folder) / "home"
        SettingsFile(home / "settings.json").change({"boards": [board.settings_board()]})
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", CHILD, f"{board.root}/g/catalog", str(chosen.interval)],
            env={**os.environ, "THREADREEL_HOME": str(home), "PYTHONPATH": str(HOST)},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        tell(board, json.loads(done.stdout), made, time.monotonic() - began)


def tell(board: Board, figures: dict, made: dict[str, int], took_s: float) -> None:
    job, files = figures["job"], figures["job"]["files"]
    api = board.requests("*.json", host=board.host)
    media = board.requests(host=board.media_host)
    gaps = sorted(after.began_s - before.began_s for before, after in itertools.pairwise(api))
    asked_twice = [path for path, count in Counter(entry.path for entry in [*api, *media]).items() if count > 1]
    order = [entry.path for entry in api[1:]]
    print(f"{job['state']}: {job['threads']['done']} of {job['threads']['total']} threads, {files['total']} files")
    print({name: count for name, count in files.items() if count})
    print(
        f"bytes {job['bytes']['done']:,}; took {figures['took_s']:.1f} s (process {took_s:.1f} s), cpu {figures['cpu_s']:.1f} s"
    )
    print(
        f"per 1000 files: {figures['took_s'] / files['total'] * 1000:.2f} s, cpu {figures['cpu_s'] / files['total'] * 1000:.2f} s"
    )
    print(f"api requests {len(api)}, gaps min {gaps[0]:.3f} median {gaps[len(gaps) // 2]:.3f} max {gaps[-1]:.3f} s")
    print(f"media requests {len(media)}, most at once {board.record.most_requests(board.media_host)}")
    print(f"asked more than once: {asked_twice[:5]}; oldest first: {order == [path for path in made if path in order]}")
    print(f"statuses {Counter(entry.status for entry in [*api, *media])}")
    print(f"peak memory {figures['peak_mb']:.0f} MB; events {figures['events']}, {figures['event_bytes'] / 1e6:.1f} MB")
    print(f"pool {figures['health']}")
    print(f"server's own peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
