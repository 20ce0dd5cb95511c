"""DataFusion as a peer of `millstream bench` (engine/cli/src/bench/peer.rs has the protocol).

Its SQL over files of Parquet. A query whose rows nobody wants is run to its end by EXPLAIN ANALYZE, which drops them.
"""

import os

from shared import sql_peer

VERSION = "55.0.0"
NEEDS = ("pyarrow==24.0.0", "typing-extensions==4.15.0")


class DataFusion:
    """A session for each number of threads, size of memory and set of files."""

    def __init__(self) -> None:
        self.session: tuple | None = None

    def context(self, question: dict):
        import datafusion

        what = (int(question["parallelism"]), sql_peer.tables(question), question.get("memory"))
        if self.session is None or self.session[0] != what:
            config = datafusion.SessionConfig().with_target_partitions(what[0])
            # Without it the filters of a scan are computed behind it.
            config = config.set("datafusion.execution.parquet.pushdown_filters", "true")
            runtime = datafusion.RuntimeEnvBuilder().with_disk_manager_os()
            if what[2]:
                runtime = runtime.with_fair_spill_pool(what[2])
            context = datafusion.SessionContext(config, runtime)
            for name, path in what[1].items():
                context.register_parquet(name, str(path))
            self.session = (what, context)
        return self.session[1]

    def run(self, question: dict) -> dict:
        # Asked for when the first query runs.
        os.environ.setdefault("TOKIO_WORKER_THREADS", str(question["parallelism"]))
        context, query = self.context(question), sql_peer.sql(question)
        if question.get("answer") is None:
            return sql_peer.timed(question, lambda: context.sql(f"EXPLAIN ANALYZE {query}").collect() and None)
        file = sql_peer.answer_file(question)
        return sql_peer.timed(question, lambda: context.sql(query).write_csv(str(file), with_header=False))


def ready() -> tuple:
    sql_peer.install("datafusion", VERSION, NEEDS)
    import datafusion

    settings = {"sink": "EXPLAIN ANALYZE drops all rows", "pushdown_filters": "true"}
    return {"name": "datafusion", "version": datafusion.__version__, "settings": settings}, DataFusion().run, Exception


if __name__ == "__main__":
    sql_peer.serve(ready)
