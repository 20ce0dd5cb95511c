"""From the start of a process to the first row of `SELECT 1`, and what an engine takes on disk: each in a process of its own, by turns.

Started by `scripts/compare-startup`. Asks the engines that `millstream bench --peer NAME` has put into the cache folder; one that is
not there stays empty. Python and Java themselves are in the times, as whoever waits has them, but not in the sizes.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEERS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millstream" / "peers"
HERE = Path(__file__).resolve().parent

# In the words of each engine's first page. What is printed must be the one.
IN_PYTHON = {
    "duckdb": "import duckdb; print(duckdb.sql('SELECT 1').fetchall()[0][0])",
    "polars": "import polars; print(polars.sql('SELECT 1 AS one', eager=True).item())",
    "datafusion": "import datafusion; print(datafusion.SessionContext().sql('SELECT 1 AS one').to_pydict()['one'][0])",
    "pyspark": "from pyspark.sql import SparkSession; "
    "print(SparkSession.builder.master('local[2]').getOrCreate().sql('SELECT 1').first()[0])",
}


class Engine:
    """What is started, and the folder or file that has to be there for it."""

    def __init__(self, name: str, command: list[str], home: Path, **environment: str) -> None:
        self.name, self.command, self.home = name, command, home
        self.environment = os.environ | environment
        self.seconds: list[float] = []

    def run(self) -> float:
        began = time.perf_counter()
        done = subprocess.run(self.command, env=self.environment, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - began
        if done.returncode != 0 or done.stdout.split()[-1:] != ["1"]:
            sys.exit(f"{self.name} does not say 1: {done.stdout}{done.stderr}")
        return seconds

    def megabytes(self) -> float:
        if self.home.is_file():
            return self.home.stat().st_size / 1e6
        files = (path for path in self.home.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return sum(path.stat().st_size for path in files) / 1e6


def found(name: str) -> Path | None:
    """The newest that is kept under this name."""
    homes = sorted(path for path in PEERS.glob(f"{name}-[0-9]*") if path.is_dir() and ".part" not in path.name)
    return homes[-1] if homes else None


def flink(home: Path, classes: str) -> Engine:
    """The JVM as `bin/flink` starts it, without the script around it."""
    path = f"{home}/pyflink/lib/*"
    subprocess.run(["javac", "-d", classes, "-classpath", path, str(HERE / "One.java")], check=True)
    options = ["-Dlog4j.rootLogger.level=OFF", "--add-opens=java.base/java.util=ALL-UNNAMED"]
    return Engine(home.name, ["java", *options, "-cp", f"{classes}:{path}", "One"], home)


def engines(millstream: str, classes: str) -> list[Engine]:
    command = [millstream, "sql", "--output-format", "csv", "-q", "SELECT 1 AS one"]
    all_of_them = [Engine("millstream", command, Path(millstream))]
    for name, program in IN_PYTHON.items():
        home = found(name)
        if home is None:
            print(f"{name} is not there: not measured", file=sys.stderr)
            continue
        command = [sys.executable, "-c", program]
        all_of_them.append(Engine(home.name.rsplit("-cpython", 1)[0], command, home, PYTHONPATH=str(home)))
    home = found("flink")
    if home is None:
        print("flink is not there: not measured", file=sys.stderr)
    else:
        all_of_them.append(flink(home, classes))
    return all_of_them


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--millstream", required=True)
    parser.add_argument("--repetitions", type=int, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as classes:
        asked = engines(arguments.millstream, classes)
        for turn in range(arguments.repetitions + 1):
            for engine in asked if turn % 2 == 0 else reversed(asked):
                seconds = engine.run()
                if turn > 0:  # The first one reads the engine from disk, and is for later ones.
                    engine.seconds.append(seconds)
    print("| engine | SELECT 1: least s | middle | most | on disk MB |\n|---|---|---|---|---|")
    for engine in asked:
        least, middle, most = min(engine.seconds), statistics.median(engine.seconds), max(engine.seconds)
        print(f"| {engine.name} | {least:.3f} | {middle:.3f} | {most:.3f} | {engine.megabytes():.0f} |")


main()
