"""Measures Threadreel beside aria2c, curl and gallery-dl: same thread, same server, one run. Not a test; not run by CI.

    python tests/bench/compare.py [CASE ...] [--runs N]

Needs nginx, aria2c, curl and gallery-dl. Each figure is the median of N runs (5), taken in turn so that a slow minute of the
machine meets all alike; quote the ratios. Wall and CPU are of the whole process, start-up included; memory is its peak.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from rivals import ENGINES, Run, is_complete
from site_under_load import Site, serve, small_files, thread_of_pictures

_LIMIT_S = 600
_FOUR_MB = 4_000_000


@dataclass(frozen=True)
class Case:
    """What is measured: sizes, delay, rate, connections, and who takes part."""

    sizes: tuple[int, ...]
    connections: int
    engines: tuple[str, ...]
    delay_s: float = 0.0
    rate_bytes_per_s: int = 0


_ALL = tuple(ENGINES)
_PICTURES = tuple(thread_of_pictures())
CASES = {
    "thread": Case(_PICTURES, 6, _ALL),
    "small": Case(tuple(small_files(1000)), 6, _ALL),
    "thread-delay": Case(_PICTURES, 6, _ALL, delay_s=0.04),
    "thread-delay-16": Case(_PICTURES, 16, ("threadreel", "aria2c --checksum"), delay_s=0.04),
    "limited": Case(_PICTURES, 8, ("threadreel", "aria2c --checksum"), rate_bytes_per_s=_FOUR_MB),
    "large": Case((100_000_000,) * 8, 4, ("threadreel", "aria2c --checksum", "curl + sums")),
    "growth-100": Case(tuple(small_files(100)), 6, ("threadreel",)),
    "growth-1000": Case(tuple(small_files(1000)), 6, ("threadreel",)),
    "growth-10000": Case(tuple(small_files(10000)), 6, ("threadreel",)),
}


@dataclass(frozen=True)
class Reading:
    """One run: seconds, seconds, bytes."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def measure(run: Run, folder: Path) -> Reading:
    """Run the commands; their time, and the largest one's memory."""
    environment = {**os.environ, **run.environment}
    began, cpu_s, peak = time.perf_counter(), 0.0, 0
    for command in run.commands:
        with Path(os.devnull).open("wb") as nowhere:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=nowhere, stderr=nowhere)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{command[0]} ended with {process.returncode}"
        cpu_s += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss * 1024)
    return Reading(time.perf_counter() - began, cpu_s, peak)


def compare(case: Case, site: Site, runs: int, work: Path) -> dict[str, Reading]:
    """The median reading of each engine."""
    readings: dict[str, list[Reading]] = {name: [] for name in case.engines}
    for number in range(runs + 1):  # the first warms the page cache and is not counted
        for name in case.engines:
            folder = work / f"{number}-{list(case.engines).index(name)}"
            folder.mkdir()
            reading = measure(ENGINES[name](site, folder, case.connections), folder)
            assert is_complete(site, folder), f"{name} did not bring every file"
            shutil.rmtree(folder)
            if number:
                readings[name].append(reading)
    return {name: _median(taken) for name, taken in readings.items()}


def _median(taken: list[Reading]) -> Reading:
    return Reading(
        statistics.median(reading.wall_s for reading in taken),
        statistics.median(reading.cpu_s for reading in taken),
        round(statistics.median(reading.peak_bytes for reading in taken)),
    )


def show(title: str, case: Case, result: dict[str, Reading]) -> None:
    """The table of one case, ratios against us."""
    ours = result["threadreel"]
    total = sum(case.sizes)
    print(f"\n{title}: {len(case.sizes)} files, {total / 1e6:.0f} MB, {case.connections} connections", end="")
    print(f", {case.delay_s * 1000:.0f} ms" if case.delay_s else "", end="")
    print(f", {case.rate_bytes_per_s / 1e6:.0f} MB/s a connection" if case.rate_bytes_per_s else "")
    print(f"  {'':20} {'wall s':>8} {'CPU s':>8} {'peak MB':>8}   against us: wall, CPU")
    for name, reading in result.items():
        figures = f"{reading.wall_s:8.3f} {reading.cpu_s:8.3f} {reading.peak_bytes / 1e6:8.0f}"
        ratios = f"{reading.wall_s / ours.wall_s:6.2f} {reading.cpu_s / ours.cpu_s:6.2f}"
        print(f"  {name:20} {figures}   {ratios}")


def main() -> None:
    """The cases asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    for title in arguments.cases or CASES:
        case = CASES[title]
        with tempfile.TemporaryDirectory() as name:
            served = serve(Path(name), list(case.sizes), delay_s=case.delay_s, rate_bytes_per_s=case.rate_bytes_per_s)
            with served as site:
                show(title, case, compare(case, site, arguments.runs, Path(name)))


if __name__ == "__main__":
    main()
