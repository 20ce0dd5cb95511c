"""Polars as a peer of `millstream bench` (engine/cli/src/bench/peer.rs has the protocol).

Its SQL over files of Parquet that are scanned lazily, by its streaming engine. A query whose rows nobody wants gives them to a
sink that drops them, a batch of columns at a time.
"""

import importlib.metadata
import os

from shared import sql_peer
from shared.sql_peer import Failure

VERSION = "2.1.0"


class Polars:
    """The module is loaded with the first question, since it asks only once how many threads there are to be."""

    def __init__(self) -> None:
        self.threads: int | None = None

    def run(self, question: dict) -> dict:
        if question.get("memory"):
            raise Failure("there is no limit of memory that it keeps")
        threads = int(question["parallelism"])
        if self.threads is None:
            os.environ["POLARS_MAX_THREADS"] = str(threads)
            self.threads = threads
        if self.threads != threads:
            raise Failure(f"it has {self.threads} threads for as long as it runs, and cannot take {threads}")
        import polars

        try:
            context = polars.SQLContext({name: polars.scan_parquet(path) for name, path in sql_peer.tables(question).items()})
            rows = context.execute(sql_peer.sql(question), eager=False)
            if question.get("answer") is None:
                return sql_peer.timed(question, lambda: rows.sink_batches(lambda _: None, engine="streaming"))
            file = sql_peer.answer_file(question)
            formats = {"include_header": False, "datetime_format": "%Y-%m-%d %H:%M:%S%.3f", "engine": "streaming"}
            return sql_peer.timed(question, lambda: rows.sink_csv(file, **formats))
        # A query that it does not understand may end in a panic, which is no Exception.
        except (polars.exceptions.PolarsError, polars.exceptions.PanicException, ValueError) as error:
            raise Failure(str(error)) from None


def ready() -> tuple:
    sql_peer.install("polars", VERSION, (f"polars-runtime-32=={VERSION}",))
    settings = {"form": "SQL, lazily, streaming engine", "sink": "sink_batches drops all rows"}
    return {"name": "polars", "version": importlib.metadata.version("polars"), "settings": settings}, Polars().run, ()


if __name__ == "__main__":
    sql_peer.serve(ready)
