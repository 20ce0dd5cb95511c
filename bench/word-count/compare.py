"""Runs the engines by turns on one text, holds their counts against the generator's, prints how fast each was.

Started by `scripts/compare-word-count`, which has installed, built and generated everything it is given here.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "flink"))

from cluster import FlinkCluster  # noqa: E402

CORES = 2
TOP = 20
STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
FLINK_MEMORY = {"taskmanager.memory.process.size": "8g"}

# What is asked of Millstream, beside the fastest engine of each list. The combiner of Flink is in none of them: it is
# its user's code, not its batch mode.
BARS = [("Flink's batch mode", ["flink-sql", "flink-datastream"], 3.0), ("DuckDB", ["duckdb"], 1.0)]


class Failure(Exception):
    """What keeps the comparison from its end, in one line for its user."""


class Engine:
    """Writes the counts of the text, lines `word,count`, to files in a folder, and says how many seconds it took."""

    rounds_max = sys.maxsize
    warms_up = True

    def run(self, text: Path, counts: Path) -> float:
        raise NotImplementedError


class DuckDb(Engine):
    """A process for each run; the time is that of the query in it."""

    def __init__(self, home: str) -> None:
        self.environment = os.environ | {"PYTHONPATH": home}

    def run(self, text: Path, counts: Path) -> float:
        program = Path(__file__).with_name("duckdb_word_count.py")
        command = [sys.executable, "-B", str(program), str(text), str(counts / "counts.csv")]
        return float(subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE).stdout)


class Flink(Engine):
    """One cluster for all runs, so that its code is compiled when it counts; the time is the job's own."""

    def __init__(self, cluster: FlinkCluster, jar: str, variant: str) -> None:
        self.cluster, self.jar, self.variant = cluster, jar, variant
        if variant == "datastream":  # Takes minutes, and warms up in the first seconds of them.
            self.rounds_max, self.warms_up = 1, False

    def run(self, text: Path, counts: Path) -> float:
        return self.cluster.run(self.jar, "WordCount", [self.variant, f"file://{text}", f"file://{counts.resolve()}"])


class Millstream(Engine):
    """A process for each run, and its whole time: from its start to its end."""

    def __init__(self, command: list[str]) -> None:
        self.command = command

    def run(self, text: Path, counts: Path) -> float:
        command = [argument.replace("{text}", str(text)) for argument in self.command]
        with open(counts / "counts.csv", "wb") as output:
            began = time.perf_counter()
            subprocess.run(command, stdout=output, check=True)
            return time.perf_counter() - began


def engines(arguments: argparse.Namespace, until_exit: ExitStack) -> dict[str, Engine]:
    """Those asked for, in the order they were asked for; Flink's cluster runs until the stack is closed."""
    flinks = ["flink-sql", "flink-combiner", "flink-datastream"]
    asked = [flinks if name == "flink" else [name] for name in arguments.only.split(",")]
    names = list(dict.fromkeys(name for group in asked for name in group))
    cluster = None
    if any(name in flinks for name in names):
        work = until_exit.enter_context(tempfile.TemporaryDirectory(dir=arguments.work))
        cluster = until_exit.enter_context(FlinkCluster(Path(arguments.flink_home), Path(work), CORES, FLINK_MEMORY))
    makers = {
        "duckdb": lambda: DuckDb(arguments.duckdb_home),
        "millstream": lambda: Millstream(arguments.millstream),
    } | {name: lambda name=name: Flink(cluster, arguments.flink_jar, name.removeprefix("flink-")) for name in flinks}
    return {name: makers[name]() for name in names}


def read_counts(files: list[Path]) -> dict[str, int]:
    counts = {}
    for file in files:
        for number, line in enumerate(file.read_text(encoding="ascii", errors="replace").splitlines(), start=1):
            # A printed row may begin with its subtask: `2> word,count`.
            word, comma, count = re.sub(r"^\d+> ", "", line).partition(",")
            if not comma or not count.isdecimal():
                raise Failure(f"line {number} of {file.name} is no `word,count`: {line[:80]}")
            if word in counts:
                raise Failure(f"{word} is counted twice")
            counts[word] = int(count)
    return counts


def top(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:TOP]


def check(counts: dict[str, int], expected: dict[str, int]) -> None:
    if counts == expected:
        return
    wrong = sorted(word for word in counts.keys() | expected.keys() if counts.get(word) != expected.get(word))
    raise Failure(
        f"{len(counts)} different words, {sum(counts.values())} in all, instead of {len(expected)} and "
        f"{sum(expected.values())}; wrong for {len(wrong)} words, the first: {wrong[0]}, "
        f"{counts.get(wrong[0], 0)} instead of {expected.get(wrong[0], 0)}"
    )


def measure(name: str, engine: Engine, text: Path, expected: dict[str, int], work: Path) -> float:
    with tempfile.TemporaryDirectory(dir=work) as folder:
        try:
            seconds = engine.run(text, Path(folder))
            # Hidden files are those that Flink has not finished.
            files = [file for file in Path(folder).rglob("*") if file.is_file() and not file.name.startswith(".")]
            check(read_counts(files), expected)
        except (OSError, subprocess.CalledProcessError, Failure) as error:
            raise Failure(f"{name}: {error}") from error
    return seconds


def print_report(times: dict[str, list[float]], bytes_read: int) -> None:
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    print(f"\n{'':18}{'runs':>5}{'median':>10}{'min':>10}{'max':>10}{'MB/s':>8}   times as fast as")
    print(f"{'':64}" + "".join(f"{name:>18}" for name in medians))
    for name, seconds in times.items():
        ratios = "".join(f"{other / medians[name]:17.2f}×" for other in medians.values())
        print(
            f"{name:18}{len(seconds):5}{medians[name]:8.2f} s{min(seconds):8.2f} s{max(seconds):8.2f} s"
            f"{bytes_read / 1e6 / medians[name]:8.0f}   {ratios}"
        )
    for peer, names, bar in BARS:
        measured = {name: medians[name] for name in names if name in medians}
        if "millstream" in medians and measured:
            fastest = min(measured, key=measured.get)
            ratio = measured[fastest] / medians["millstream"]
            met = "met" if ratio >= bar else "missed"
            print(f"\nbar: at least {bar:g} times as fast as {peer}: {ratio:.2f} times ({fastest}), {met}", end="")
    print()


def compare(arguments: argparse.Namespace) -> None:
    text = Path(arguments.text).resolve()
    bytes_read = text.stat().st_size
    expected = read_counts([Path(arguments.counts)])
    print(f"{bytes_read} bytes, {sum(expected.values())} words, {len(expected)} different ones, {CORES} cores")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])  # Whatever is started inherits it.
    with ExitStack() as until_exit:
        asked = engines(arguments, until_exit)
        times = {name: [] for name in asked}
        for number in range(arguments.rounds + 1):
            turns = [name for name, engine in asked.items() if len(times[name]) < engine.rounds_max]
            # Nobody is always the one behind the same neighbour.
            start = number % max(len(turns), 1)
            for name in turns[start:] + turns[:start]:
                warming = number == 0
                if warming and not asked[name].warms_up:
                    continue
                seconds = measure(name, asked[name], text, expected, Path(arguments.work))
                print(f"{'warm-up' if warming else f'round {number}'}: {name} {seconds:.2f} s", flush=True)
                if not warming:
                    times[name].append(seconds)
    common = ", ".join(f"{word} {count}" for word, count in top(expected))
    print(f"\nall came to the same counts, in every run; the {TOP} most frequent: {common}")
    print_report(times, bytes_read)


def leave(number: int, _: object) -> None:
    """An exit and not an end, for the cluster must not outlive us; and nothing may cut that short."""
    for each in STOPS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(f"millstream: stopped by {signal.Signals(number).name}")


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ["text", "counts", "only", "work", "flink-home", "flink-jar", "duckdb-home"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("millstream", nargs="+")
    for number in STOPS:
        signal.signal(number, leave)
    try:
        compare(parser.parse_args())
    except Failure as failure:
        sys.exit(f"millstream: {failure}")


main()
