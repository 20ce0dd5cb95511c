"""Asks random queries of Millstream and of DuckDB, and holds their rows against one another.

Started by `scripts/check-random-queries`, which has installed and built everything it is given here.
"""

import argparse
import csv
import io
import re
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb
from expressions import DUCKDB, FLINK
from queries import Queries, Query
from tables import make_tables

SECONDS_MAX = 300
TOGETHER = 50
TRIES = 150
SHRUNK_MAX = 10
MARK = "end of a result"
WAYS = {
    "batch": ["--mode", "batch", "--parallelism", "2"],
    "blocking": ["--mode", "batch", "--parallelism", "3", "-Dexecution.batch-shuffle-mode=all_exchanges_blocking"],
    "streaming": ["--mode", "streaming", "--parallelism", "2", "-Dsql-client.execution.result-mode=table"],
}

Rows = Counter[tuple[object, ...]]


class Failure(Exception):
    """What Millstream says instead of rows."""


def read(text: str, wanted: object) -> object:
    """A value of Millstream's CSV, as the type that DuckDB has in this column."""
    if text == "":
        return None
    if isinstance(wanted, bool):
        return text == "TRUE"
    if isinstance(wanted, (float, Decimal, int)):
        return number(float(text)) if isinstance(wanted, float) else Decimal(text)
    if isinstance(wanted, datetime):
        return datetime.fromisoformat(text)
    if isinstance(wanted, date):
        return date.fromisoformat(text)
    return text


def number(value: float) -> str:
    return f"{value + 0.0:.9g}"


def as_compared(value: object) -> object:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


class DuckDb:
    def __init__(self, folder: Path, seed: int) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")
        self.tables = make_tables(self.connection, folder, seed)

    def rows(self, query: Query) -> tuple[Rows, list[object]]:
        """The rows, and a value of each column that has one."""
        rows = self.connection.execute(query.text(DUCKDB)).fetchall()
        width = len(self.connection.description or [])
        kinds = [next((row[column] for row in rows if row[column] is not None), None) for column in range(width)]
        return Counter(tuple(map(as_compared, row)) for row in rows), kinds


class Millstream:
    def __init__(self, program: str, tables: str) -> None:
        self.program, self.tables = program, tables

    def run(self, statements: list[str], way: list[str]) -> tuple[list[str], str]:
        """What each statement prints, up to the first one that fails, and what is said of that one."""
        # A row between results: in none of them is it by chance.
        marked = [f"{statement};\nSELECT '{place}' AS `{MARK}`" for place, statement in enumerate(statements)]
        script = ";\n".join([self.tables, *marked])
        command = [self.program, "sql", "--output-format", "csv", "--memory", "512mb", *way]
        done = subprocess.run(
            command, input=script, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
        results, rest = [], done.stdout
        for place in range(len(statements)):
            result, mark, rest = rest.partition(f"{MARK}\n{place}\n")
            if not mark:
                break
            results.append(result)
        return results, done.stderr.strip()


def parsed(text: str, kinds: list[object]) -> Rows:
    """Quoted nothing is an empty text, nothing a null: what `csv` does not tell apart."""
    empty = "\N{EMPTY SET}"
    rows = list(csv.reader(io.StringIO(re.sub(r'(?m)(^|,)""(?=,|$)', rf"\1{empty}", text))))
    values = []
    for row in rows[1:]:
        cells = zip(row or [""], kinds, strict=True)
        values.append(tuple("" if cell == empty else read(cell, kind) for cell, kind in cells))
    return Counter(values)


class Check:
    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.duck = DuckDb(folder, arguments.seed)
        self.millstream = Millstream(arguments.millstream, self.duck.tables)
        self.wrong = self.unusable = self.asked = 0

    def ask(self, queries: list[Query], mode: str) -> None:
        """Asks them in one process; after one that fails, the others in another one."""
        wanted = []
        for query in queries:
            try:
                wanted.append((query, *self.duck.rows(query)))
            except duckdb.Error as error:
                self.unusable += 1
                print(f"not asked: {str(error).splitlines()[0]}\n  {query.text(DUCKDB)}", file=sys.stderr)
        while wanted:
            results, said = self.millstream.run([query.text(FLINK) for query, _, _ in wanted], WAYS[mode])
            for (query, rows, kinds), result in zip(wanted, results):
                self.asked += 1
                found = parsed(result, kinds)
                if found != rows:
                    self.report(query, mode, difference(found, rows))
            if len(results) < len(wanted):
                self.asked += 1
                self.report(wanted[len(results)][0], mode, said)
            wanted = wanted[len(results) + 1 :]

    def complaint(self, query: Query, mode: str) -> str | None:
        """What is wrong with it, if something is."""
        try:
            rows, kinds = self.duck.rows(query)
        except duckdb.Error:
            return None
        results, said = self.millstream.run([query.text(FLINK)], WAYS[mode])
        if not results:
            return said
        found = parsed(results[0], kinds)
        return None if found == rows else difference(found, rows)

    def report(self, query: Query, mode: str, complaint: str) -> None:
        self.wrong += 1
        if self.wrong <= SHRUNK_MAX:
            query, complaint = self.shrunk(query, mode, complaint)
        print(f"\n{mode}, wrong:\n{query.text(FLINK)}\n{complaint}")

    def shrunk(self, query: Query, mode: str, complaint: str) -> tuple[Query, str]:
        """The smallest query found that is wrong in the same way."""
        wanted = kind(complaint)
        tries, is_smaller = TRIES, True
        while is_smaller and tries > 0:
            is_smaller = False
            for less in query.smaller():
                if len(less.text(FLINK)) >= len(query.text(FLINK)) or tries <= 0:
                    continue
                tries -= 1
                wrong = self.complaint(less, mode)
                if wrong is not None and kind(wrong) == wanted:
                    query, complaint, is_smaller = less, wrong, True
                    break
        return query, complaint


def kind(complaint: str) -> str:
    """What is wrong, whatever names and numbers it is about."""
    if not complaint.startswith("millstream: "):
        return "other rows"
    return re.sub(r"\(1/\d\): .*|['\"`].*?['\"`]|[0-9]+", "", complaint.splitlines()[0])


def difference(found: Rows, wanted: Rows) -> str:
    lines = [f"{found.total()} rows, {wanted.total()} wanted"]
    lines += [f"  too many {count} times: {row}" for row, count in list((found - wanted).items())[:3]]
    lines += [f"  missing  {count} times: {row}" for row, count in list((wanted - found).items())[:3]]
    return "\n".join(lines)


def check(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        check = Check(arguments, Path(folder))
        queries = Queries(Random(arguments.seed))
        made = [queries.query() for _ in range(arguments.queries)]
        for mode in arguments.mode.split(","):
            for start in range(0, len(made), TOGETHER):
                check.ask(made[start : start + TOGETHER], mode)
    print(f"{check.asked} queries, {check.wrong} wrong, {check.unusable} not asked; seed {arguments.seed}")
    return 1 if check.wrong else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--millstream", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--queries", type=int, default=600)
    parser.add_argument("--mode", default="batch,streaming")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(check(arguments()))
