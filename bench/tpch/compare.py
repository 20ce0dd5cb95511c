"""Asks TPC-H's queries of both engines by turns, holds their rows against each other, prints how fast each was.

Started by `scripts/compare-tpch`, which has installed, built and generated everything it is given here.
"""

import argparse
import csv
import io
import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import duckdb

CORES = 2
TABLES = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]
SECONDS_MAX = 600

# Averages and quotients have other digits in the end: a DOUBLE in one engine, a DECIMAL of so many digits in the other.
TOLERANCE = 1e-6


class Failure(Exception):
    """What keeps the comparison from its end, in one line for its user."""


class DuckDb:
    """One process for all queries; the time is that of a query in it."""

    def __init__(self, tables: Path) -> None:
        self.connection = duckdb.connect(config={"threads": CORES})
        for table in TABLES:
            self.connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{tables / table}.parquet'")

    def run(self, query: str) -> tuple[float, list[list[str]]]:
        began = time.perf_counter()
        rows = self.connection.execute(query).fetchall()
        return time.perf_counter() - began, [["" if value is None else str(value) for value in row] for row in rows]


class Millstream:
    """A process for each query, and its whole time: from its start to its end."""

    def __init__(self, program: str, tables: Path, mode: str) -> None:
        views = [f"CREATE VIEW {table} AS SELECT * FROM '{tables / table}.parquet';" for table in TABLES]
        last_rows = "SET 'sql-client.execution.result-mode' = 'table';"
        self.program, self.views, self.mode = program, "\n".join([last_rows, *views]), mode

    def run(self, query: str) -> tuple[float, list[list[str]]]:
        command = [self.program, "sql", "--output-format", "csv", "--parallelism", str(CORES), "--mode", self.mode]
        began = time.perf_counter()
        done = subprocess.run(
            [*command, "-q", f"{self.views}\n{query}"], capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
        seconds = time.perf_counter() - began
        if done.returncode != 0:
            raise Failure(done.stderr.strip())
        return seconds, list(csv.reader(io.StringIO(done.stdout)))[1:]


def same(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return math.isclose(float(one), float(other), rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    except ValueError:
        return False


def rounded(row: list[str]) -> list[str]:
    """A row by which rows are sorted that are nearly the same."""
    texts = []
    for text in row:
        try:
            texts.append(f"{float(text):.6g}")
        except ValueError:
            texts.append(text)
    return texts


def check(found: list[list[str]], expected: list[list[str]], is_ordered: bool) -> None:
    """All of the queries say in which order their rows come, but for ties, of which these tables have none that show.

    What a stream comes to has no order.
    """
    if not is_ordered:
        found, expected = sorted(found, key=rounded), sorted(expected, key=rounded)
    if len(found) != len(expected):
        raise Failure(f"{len(found)} rows instead of {len(expected)}")
    for number, (row, other) in enumerate(zip(found, expected), start=1):
        if len(row) != len(other) or not all(map(same, row, other)):
            raise Failure(f"row {number} is {row} instead of {other}")


def compare(arguments: argparse.Namespace) -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])  # Whatever is started inherits it.
    tables = Path(arguments.tables)
    engines = {"millstream": Millstream(arguments.millstream, tables, arguments.mode), "duckdb": DuckDb(tables)}
    print(f"{'query':>5}{'rows':>8}{'millstream':>14}{'duckdb':>12}   millstream is so many times as fast", flush=True)
    ratios = []
    totals = dict.fromkeys(engines, 0.0)
    for number in arguments.queries.split(","):
        query = (Path(__file__).parent / "queries" / f"q{int(number):02}.sql").read_text(encoding="utf-8")
        times = {name: [] for name in engines}
        for turn in range(arguments.rounds + 1):
            answers = {}
            for name in list(engines)[:: 1 if turn % 2 else -1]:
                try:
                    seconds, answers[name] = engines[name].run(query)
                except (Failure, subprocess.TimeoutExpired, duckdb.Error) as error:
                    raise Failure(f"query {number}: {name}: {error}") from error
                if turn > 0:
                    times[name].append(seconds)
            try:
                check(answers["millstream"], answers["duckdb"], arguments.mode == "batch")
            except Failure as failure:
                raise Failure(f"query {number}: {failure}") from failure
        medians = {name: statistics.median(seconds) for name, seconds in times.items()}
        for name, median in medians.items():
            totals[name] += median
        ratios.append(medians["duckdb"] / medians["millstream"])
        print(
            f"{number:>5}{len(answers['duckdb']):8}{medians['millstream']:12.3f} s{medians['duckdb']:10.3f} s"
            f"{ratios[-1]:9.2f}×",
            flush=True,
        )
    print(f"{'sum':>5}{'':8}{totals['millstream']:12.3f} s{totals['duckdb']:10.3f} s")
    print(f"\nthe same rows in every run; geometric mean of the ratios: {statistics.geometric_mean(ratios):.2f}×")


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ["tables", "queries", "millstream"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--mode", choices=["batch", "streaming"], default="batch")
    try:
        compare(parser.parse_args())
    except Failure as failure:
        sys.exit(f"millstream: {failure}")
    except KeyboardInterrupt:
        sys.exit("millstream: stopped by SIGINT")


main()
