"""Runs the same queries with two builds of Millstream by turns, and says whether the second one is slower than the first.

Started by `scripts/compare-builds`, which has built both. Every query of Nexmark writes into a blackhole; a run is a process of its own.
"""

import argparse
import math
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

NEXMARK = Path(__file__).parent.parent / "nexmark"
SECONDS_MAX = 600
RESAMPLES = 2000
SIDE_ROWS = 10_000


class Failure(Exception):
    """What keeps the comparison from its end, in words for its user."""


@dataclass
class Run:
    """What one process has cost."""

    seconds: float
    cpu_seconds: float
    instructions: float | None


class Script:
    """The queries as scripts on disk, the same for both builds."""

    def __init__(self, folder: Path, events: int) -> None:
        (folder / "side.csv").write_text("".join(f"{key},value {key}\n" for key in range(SIDE_ROWS)))
        values = {"EVENTS": str(events), "RATE": "100000", "FOLDER": str(folder)}
        self.tables = (NEXMARK / "tables.sql").read_text()
        for name, value in values.items():
            self.tables = self.tables.replace(f"${{{name}}}", value)
        self.folder = folder

    def write(self, query: int) -> Path:
        text = re.sub(r"--.*", "", (NEXMARK / "queries" / f"q{query}.sql").read_text())
        *before, question = [part for part in text.split(";") if part.strip()]
        sink = f"CREATE TABLE nothing WITH ('connector' = 'blackhole') AS {question}"
        path = self.folder / f"q{query}.sql"
        path.write_text(";\n".join([self.tables.strip().rstrip(";"), *before, sink]) + ";\n")
        return path


def counts_instructions() -> bool:
    """Whether this machine gives them: virtual ones often do not."""
    if shutil.which("perf") is None:
        return False
    done = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True, check=False)
    return done.returncode == 0 and "not supported" not in done.stderr and "not counted" not in done.stderr


def run(program: str, script: Path, arguments: list[str], counted: bool) -> Run:
    command = [program, "run", str(script), *arguments]
    if counted:
        command = ["perf", "stat", "-x,", "-e", "instructions:u", "--", *command]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise Failure(f"{program} with {script.name}: {done.stderr.strip()}")
    instructions = re.search(r"^(\d+),[^,]*,instructions", done.stderr, re.MULTILINE) if counted else None
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, cpu, float(instructions.group(1)) if instructions else None)


def ratios(pairs: list[tuple[Run, Run]], figure: str) -> list[float]:
    """How much of the old build's figure the new one needs: above one it is slower."""
    both = [(getattr(old, figure), getattr(new, figure)) for old, new in pairs]
    return [new / old for old, new in both if old and new]


def bounds(logs: list[list[float]], draw: random.Random) -> tuple[float, float]:
    """Between these the geometric mean of the queries' middles lies in 95 of 100 cases, by drawing runs anew."""
    means = []
    for _ in range(RESAMPLES):
        middles = [statistics.median(draw.choices(runs, k=len(runs))) for runs in logs]
        means.append(statistics.fmean(middles))
    means.sort()
    return math.exp(means[RESAMPLES * 25 // 1000]), math.exp(means[RESAMPLES * 975 // 1000])


def compare(arguments: argparse.Namespace, folder: Path) -> int:
    script = Script(folder, arguments.events)
    counted = counts_instructions()
    builds = (arguments.old, arguments.new)
    ways = ["--mode", arguments.mode, "--parallelism", str(arguments.parallelism)]
    draw = random.Random(1)
    measured: dict[int, list[tuple[Run, Run]]] = {}
    print(f"{'query':>6} {'old s':>8} {'new s':>8}  new to old  95 of 100 between   CPU  instructions")
    for query in map(int, arguments.queries.split(",")):
        path = script.write(query)
        pairs = []
        for turn in range(arguments.pairs + 1):
            order = (0, 1) if turn % 2 == 0 else (1, 0)
            runs = {build: run(builds[build], path, ways, counted) for build in order}
            if turn > 0:  # The first pair warms what is cold.
                pairs.append((runs[0], runs[1]))
        measured[query] = pairs
        wall = ratios(pairs, "seconds")
        low, high = bounds([[math.log(ratio) for ratio in wall]], draw)
        old, new = (statistics.median(run.seconds for run in side) for side in zip(*pairs))
        cpu = statistics.median(ratios(pairs, "cpu_seconds"))
        instructions = ratios(pairs, "instructions")
        shown = f"{statistics.median(instructions):.3f}" if instructions else "-"
        print(
            f"{'q' + str(query):>6} {old:8.3f} {new:8.3f}  {statistics.median(wall):10.3f}  {low:.3f} to {high:.3f}   "
            f"{cpu:7.3f}  {shown:>12}", flush=True,
        )
    return verdict(measured, arguments.tolerance, draw, counted)


def verdict(measured: dict[int, list[tuple[Run, Run]]], tolerance: float, draw: random.Random, counted: bool) -> int:
    logs = [[math.log(ratio) for ratio in ratios(pairs, "seconds")] for pairs in measured.values()]
    mean = math.exp(statistics.fmean(statistics.median(runs) for runs in logs))
    low, high = bounds(logs, draw)
    if not counted:
        print("instructions are not counted: perf is not there, or this machine has no counters")
    print(f"the new build needs {mean:.3f} times the time of the old one ({low:.3f} to {high:.3f} in 95 of 100 cases)")
    if low > 1 + tolerance:
        print(f"slower: surely by more than {tolerance:.0%}")
        return 1
    if high > 1 + tolerance:
        print(f"not decided: more pairs would tell whether it is slower by more than {tolerance:.0%}")
        return 0
    print(f"not slower by more than {tolerance:.0%}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", required=True)
    parser.add_argument("--new", required=True)
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--queries", default="0,3,4,5,9,15,18,20")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--mode", default="streaming")
    parser.add_argument("--parallelism", type=int, default=2)
    parser.add_argument("--tolerance", type=float, default=0.03)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return compare(parser.parse_args(), Path(folder))
    except Failure as failure:
        print(f"compare-builds: {failure}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
