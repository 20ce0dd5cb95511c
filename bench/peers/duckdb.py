"""DuckDB as a peer of `millstream bench`: reads questions, a line of JSON each, and answers them (engine/cli/src/bench/peer.rs has the protocol).

Reads files of Parquet only, in batch. A query whose rows nobody wants is run to its end with all of its columns, and its rows are
dropped where they come out: by EXPLAIN ANALYZE, for the way through Python's values would cost more than the query.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

VERSION = "2.0.1"
REPOSITORY = Path(__file__).resolve().parents[2]
NEXMARK = ["person", "auction", "bid"]
TPCH = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]
SIDE_ROWS = 10_000


class Failure(Exception):
    """What keeps the peer from an answer, in words for its user."""


def installed() -> Path:
    """The folder with DuckDB, from PyPI the first time. One that is there is whole."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millstream" / "peers"
    home = cache / f"duckdb-{VERSION}-{sys.implementation.cache_tag}"
    if home.is_dir():
        return home
    print(f"millstream: installing duckdb {VERSION}", file=sys.stderr)
    part = home.with_name(f"{home.name}.part{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    command = [
        *[sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action", "ignore"],
        *["--no-deps", "--no-compile", "--only-binary", ":all:", "--target", str(part), f"duckdb=={VERSION}"],
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise Failure("pip cannot install it; Debian, Ubuntu: apt-get install python3-pip (as root)")
    try:
        part.rename(home)
    except OSError:  # Another process was faster.
        shutil.rmtree(part, ignore_errors=True)
    return home


class DuckDb:
    """One connection for all questions, so that only the first one pays for what all share."""

    def __init__(self) -> None:
        import duckdb

        self.error = duckdb.Error
        # The order of rows is not asked for, and keeping it costs memory.
        self.connection = duckdb.connect(config={"preserve_insertion_order": False})
        self.version = duckdb.__version__
        self.tables: tuple | None = None

    def prepare(self, question: dict) -> str:
        """Sets up the tables of a question, if they are not those of the last one; the answer is its query."""
        suite, folder = question["suite"], question.get("input")
        if folder is None:
            raise Failure("it reads files of Parquet, and was told of none")
        if suite not in ("nexmark", "tpch"):
            raise Failure(f"it has no queries of {suite}")
        self.connection.execute(f"SET threads = {int(question['parallelism'])}")
        if self.tables != (suite, folder):
            for table in NEXMARK if suite == "nexmark" else TPCH:
                file = str(Path(folder) / f"{table}.parquet").replace("'", "''")
                self.connection.execute(f"CREATE OR REPLACE VIEW {table} AS SELECT * FROM '{file}'")
            if suite == "nexmark":
                self.connection.execute(
                    "CREATE OR REPLACE TABLE side AS "
                    f"SELECT range AS key, 'value ' || range AS value FROM range({SIDE_ROWS})"
                )
            self.tables = (suite, folder)
        number = int(question["query"].removeprefix("q"))
        file = f"nexmark/duckdb/q{number}.sql" if suite == "nexmark" else f"tpch/queries/q{number:02}.sql"
        return (REPOSITORY / "bench" / file).read_text(encoding="utf-8").strip().rstrip(";")

    def run(self, question: dict) -> dict:
        query = self.prepare(question)
        began, cpu_began = time.perf_counter(), time.process_time()
        if question.get("answer") is None:
            self.connection.execute(f"EXPLAIN ANALYZE {query}")
            rows = None  # They were dropped where they came out.
        else:
            folder = Path(question["answer"])
            folder.mkdir(parents=True)
            file = str(folder / "rows.csv").replace("'", "''")
            options = "FORMAT csv, HEADER false, TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S.%g'"
            rows = self.connection.execute(f"COPY ({query}) TO '{file}' ({options})").fetchone()[0]
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
        return {"query": question["query"], "seconds": seconds, "rows": rows, "cpu_seconds": cpu_seconds}


def say(answer: dict) -> None:
    print(json.dumps(answer), flush=True)


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        sys.path.insert(0, str(installed()))
        # This file has the name of the module it wants.
        sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).resolve().parent]
        peer = DuckDb()
    except (Failure, ImportError, OSError) as error:
        say({"ready": False, "error": str(error)})
        sys.exit(1)
    settings = {"form": "batch", "sink": "EXPLAIN ANALYZE drops all rows", "preserve_insertion_order": "false"}
    say({"ready": True, "name": "duckdb", "version": peer.version, "settings": settings, "sources": ["parquet"]})
    for line in sys.stdin:
        question = json.loads(line)
        try:
            say(peer.run(question))
        except (Failure, peer.error, OSError) as error:
            say({"query": question.get("query"), "error": str(error)})


main()
