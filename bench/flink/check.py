"""Holds Flink's answers to Nexmark's queries against DuckDB's over the same events, as Millstream's own are.

Started by `scripts/check-nexmark-flink`, which has installed and built everything it is given here.
"""

import argparse
import csv
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "nexmark"))

from check import QUERIES, SIDE_ROWS, DuckDb, Millstream, difference  # noqa: E402
from nexmark import FlinkNexmark, Question  # noqa: E402
from runner import Refused  # noqa: E402


def rows_of(folder: Path) -> Counter:
    rows: Counter = Counter()
    for file in folder.glob("*.csv"):
        with open(file, newline="", encoding="utf-8") as lines:
            rows.update(tuple(row) for row in csv.reader(lines))
    return rows


def verdict(flink: FlinkNexmark, query: int, mode: str, arguments: argparse.Namespace, wanted: Counter) -> str:
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer"
        try:
            flink.run(Question(f"q{query}", mode, arguments.events, arguments.rate, parallelism=1), str(answer))
        except Refused as refused:
            return f"refused: {refused}"
        found = rows_of(answer)
    return "the same" if found == wanted else difference(found, wanted)


def check(arguments: argparse.Namespace) -> int:
    folder = Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "side.csv").write_text("".join(f"{key},value {key}\n" for key in range(SIDE_ROWS)))
    Millstream(arguments.millstream, folder, arguments.events, arguments.rate).export(folder)
    duck = DuckDb(folder)
    others = 0
    with FlinkNexmark() as flink:
        for query in map(int, arguments.queries.split(",")):
            wanted = duck.rows(query)
            for mode in arguments.mode.split(","):
                said = verdict(flink, query, mode, arguments, wanted)
                others += said != "the same"
                print(f"q{query:<3} {wanted.total():>7} rows  {mode:9}  {said}", flush=True)
    print(f"{others} of the answers are not DuckDB's" if others else "all answers are DuckDB's")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millstream", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=100_000)
    parser.add_argument("--queries", default=",".join(map(str, QUERIES)))
    parser.add_argument("--mode", default="streaming,batch")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("millstream: stopped"))
    return check(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
