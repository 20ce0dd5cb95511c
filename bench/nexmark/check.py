"""Asks Nexmark's queries of Millstream in many ways, and holds their rows against DuckDB's over the same events.

Started by `scripts/check-nexmark`, which has installed and built everything it is given here.
"""

import argparse
import csv
import datetime
import io
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
QUERIES = list(range(24))
SECONDS_MAX = 600
SIDE_ROWS = 10_000


class Failure(Exception):
    """What keeps the check from its end, in words for its user."""


def as_text(value: object) -> str:
    """A value as Millstream's CSV has it."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return str(value)


class DuckDb:
    def __init__(self, folder: Path) -> None:
        self.connection = duckdb.connect(config={"threads": 2})
        for table in ["person", "auction", "bid"]:
            self.connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{folder / table}/*.parquet'")
        side = f"read_csv('{folder}/side.csv', header=false, columns={{'key': 'BIGINT', 'value': 'VARCHAR'}})"
        self.connection.execute(f"CREATE VIEW side AS SELECT * FROM {side}")

    def rows(self, query: int) -> Counter:
        rows = self.connection.execute((HERE / "duckdb" / f"q{query}.sql").read_text()).fetchall()
        return Counter(tuple(map(as_text, row)) for row in rows)


class Millstream:
    def __init__(self, program: str, folder: Path, events: int, rate: int) -> None:
        self.program = program
        tables = (HERE / "tables.sql").read_text()
        for name, value in {"EVENTS": events, "RATE": rate, "FOLDER": folder}.items():
            tables = tables.replace(f"${{{name}}}", str(value))
        self.tables = tables

    def run(self, statements: str, way: list[str]) -> str:
        command = [self.program, "sql", "--output-format", "csv", *way, "-q", f"{self.tables}\n{statements}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        if done.returncode != 0:
            raise Failure(done.stderr.strip())
        return done.stdout

    def rows(self, query: int, way: list[str]) -> Counter:
        text = (HERE / "queries" / f"q{query}.sql").read_text()
        output = self.run(f"SET 'sql-client.execution.result-mode' = 'table'; {text}", way)
        rows = csv.reader(io.StringIO(output))
        next(rows)
        return Counter(tuple(row) for row in rows)

    def export(self, folder: Path) -> None:
        """Writes the events as DuckDB reads them."""
        columns = {
            "person": "n BIGINT, id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, "
            "`dateTime` TIMESTAMP(3), extra STRING",
            "auction": "n BIGINT, id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, "
            "`dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING",
            "bid": "n BIGINT, auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, "
            "`dateTime` TIMESTAMP(3), extra STRING",
        }
        for table, declared in columns.items():
            options = f"'connector' = 'filesystem', 'path' = '{folder / table}', 'format' = 'parquet'"
            sink = f"CREATE TABLE export (\n{declared}\n) WITH ({options});"
            self.run(f"{sink} INSERT OVERWRITE export SELECT * FROM {table}", ["--mode", "batch"])


def ways(parallelisms: list[str], timeouts: list[str], modes: list[str]) -> list[list[str]]:
    return [
        ["--mode", mode, "--parallelism", parallelism, f"--buffer-timeout={timeout}"]
        for mode in modes
        for parallelism in parallelisms
        for timeout in timeouts
    ]


def summed(rows: Counter) -> Counter:
    """q12 counts by the clock of the machine: what windows share out is the same together."""
    sums: Counter = Counter()
    for row, count in rows.items():
        sums[row[0]] += int(row[1]) * count
    return sums


def difference(found: Counter, wanted: Counter) -> str:
    lines = [f"{found.total()} rows, {wanted.total()} wanted"]
    lines += [f"  too many {count} times: {row}" for row, count in list((found - wanted).items())[:3]]
    lines += [f"  missing  {count} times: {row}" for row, count in list((wanted - found).items())[:3]]
    return "\n".join(lines)


def write_side(folder: Path) -> None:
    """The file that q13 looks up."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "side.csv").write_text("".join(f"{key},value {key}\n" for key in range(SIDE_ROWS)))


def check(arguments: argparse.Namespace) -> int:
    folder = Path(arguments.folder)
    write_side(folder)
    millstream = Millstream(arguments.millstream, folder, arguments.events, arguments.rate)
    millstream.export(folder)
    duck = DuckDb(folder)
    wrong = 0
    for query in map(int, arguments.queries.split(",")):
        wanted = duck.rows(query)
        if query == 12:
            wanted = summed(wanted)
        all_ways = ways(arguments.parallelism.split(","), arguments.timeout.split(","), arguments.mode.split(","))
        for way in all_ways:
            began = time.perf_counter()
            try:
                found = millstream.rows(query, way)
                found = summed(found) if query == 12 else found
                verdict = "the same" if found == wanted else difference(found, wanted)
            except Failure as failure:
                verdict = str(failure)
            wrong += verdict != "the same"
            seconds = time.perf_counter() - began
            print(f"q{query:<3} {wanted.total():>7} rows {seconds:7.2f} s  {' '.join(way)}  {verdict}", flush=True)
    print(f"{wrong} of the answers are wrong" if wrong else "all answers are DuckDB's")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millstream", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=100_000)
    parser.add_argument("--queries", default=",".join(map(str, QUERIES)))
    parser.add_argument("--mode", default="streaming,batch")
    parser.add_argument("--parallelism", default="1,2,3")
    parser.add_argument("--timeout", default="0,100ms,-1")
    return check(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
