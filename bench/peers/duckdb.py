"""DuckDB as a peer of `millstream bench` (engine/cli/src/bench/peer.rs has the protocol).

Reads files of Parquet only, in batch. A query whose rows nobody wants is run to its end with all of its columns, and its rows are
dropped where they come out: by EXPLAIN ANALYZE, for the way through Python's values would cost more than the query.
"""

import os
import tempfile
from pathlib import Path

from shared import nexmark, sql_peer

VERSION = "2.0.1"


class DuckDb:
    """One connection for all questions, so that only the first one pays for what all share."""

    def __init__(self) -> None:
        import duckdb

        # The order of rows is not asked for, and keeping it costs memory.
        config = {"preserve_insertion_order": False, "temp_directory": str(Path(tempfile.gettempdir()) / f"duckdb-{os.getpid()}")}
        self.connection = duckdb.connect(config=config)
        self.version = duckdb.__version__
        self.views: dict[str, Path] = {}

    def prepare(self, question: dict) -> str:
        """Sets up the tables of a question, if they are not those of the last one; the answer is its query."""
        is_nexmark = question["suite"] == "nexmark"
        if is_nexmark:
            question = {**question, "tables": nexmark.TABLES}
        views = sql_peer.tables(question)
        self.connection.execute(f"SET threads = {int(question['parallelism'])}")
        memory = question.get("memory")
        self.connection.execute(f"SET memory_limit = '{memory}B'" if memory else "RESET memory_limit")
        if self.views != views:
            for table, path in views.items():
                file = str(path).replace("'", "''")
                self.connection.execute(f"CREATE OR REPLACE VIEW {table} AS SELECT * FROM '{file}'")
            if is_nexmark:
                self.connection.execute(
                    "CREATE OR REPLACE TABLE side AS "
                    f"SELECT range AS key, 'value ' || range AS value FROM range({nexmark.SIDE_ROWS})"
                )
            self.views = views
        return nexmark.query(question, "duckdb") if is_nexmark else sql_peer.sql(question)

    def run(self, question: dict) -> dict:
        query = self.prepare(question)
        if question.get("answer") is None:
            # Rows are dropped where they come out.
            return sql_peer.timed(question, lambda: self.connection.execute(f"EXPLAIN ANALYZE {query}") and None)
        file = str(sql_peer.answer_file(question)).replace("'", "''")
        copy = f"COPY ({query}) TO '{file}' (FORMAT csv, HEADER false, TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S.%g')"
        return sql_peer.timed(question, lambda: self.connection.execute(copy).fetchone()[0])


def ready() -> tuple:
    sql_peer.install("duckdb", VERSION)
    peer = DuckDb()
    import duckdb

    settings = {"form": "batch", "sink": "EXPLAIN ANALYZE drops all rows", "preserve_insertion_order": "false"}
    return {"name": "duckdb", "version": peer.version, "settings": settings}, peer.run, duckdb.Error


if __name__ == "__main__":
    sql_peer.serve(ready)
