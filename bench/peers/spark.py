"""Spark as a peer of `millstream bench` (engine/cli/src/bench/peer.rs has the protocol).

Its SQL in batch over files of Parquet, in one JVM that stays up and warm for all questions; the start of the JVM is in no time. A
query whose rows nobody wants gives them to Spark's `noop`, which computes all columns and drops them.
"""

import logging
import os
import shutil
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from shared import nexmark, sql_peer
from shared.sql_peer import Failure

VERSION = "4.3.0"
NEEDS = ("py4j==0.10.9.9",)
# Of the machine, where nothing is said: what Flink's task manager gets.
MEMORY_SHARE = 0.6
MIB = 1 << 20
# Small ones become one when it is known how small they are; large ones are not cut.
PARTITIONS_OF_THREAD = 2
LINE_MAX = 300
# All else is Spark's default: adaptive execution, whole-stage code generation, vectorized Parquet, G1.
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.log.level": "OFF",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.session.timeZone": "UTC",
    # Rows that are dealt out evenly are not sorted before, which is for tasks that are tried again on other machines.
    "spark.sql.execution.sortBeforeRepartition": "false",
}
# How rows go from all tasks to all.
EXCHANGES = {"hash": "REPARTITION({threads}, id)", "rebalance": "REPARTITION({threads})"}
# As our CSV is; a row is not trimmed, and a quote in quotes is doubled.
CSV = {
    "escape": '"',
    "emptyValue": "",
    "ignoreLeadingWhiteSpace": "false",
    "ignoreTrailingWhiteSpace": "false",
    "timestampFormat": "yyyy-MM-dd HH:mm:ss.SSS",
    "timestampNTZFormat": "yyyy-MM-dd HH:mm:ss.SSS",
}


class Spark:
    """A session for each number of threads, in a JVM that has as much memory as the first question says."""

    def __init__(self) -> None:
        self.session = None
        self.threads: int | None = None
        self.memory: int | None = None
        self.views: dict[str, Path] = {}

    def start(self, question: dict) -> None:
        from pyspark.sql import SparkSession

        threads, memory = int(question["parallelism"]), question.get("memory") or of_machine()
        if self.memory is None:
            self.memory = memory
        if self.memory != memory:
            raise Failure(f"its JVM has {self.memory} bytes for as long as it runs, and cannot take {memory}")
        if self.threads == threads:
            return
        if self.session is not None:
            self.session.stop()
        builder = SparkSession.builder.appName("bench").master(f"local[{threads}]")
        for name, value in (SETTINGS | sizes(threads, memory)).items():
            builder = builder.config(name, value)
        self.session, self.threads, self.views = builder.getOrCreate(), threads, {}

    def prepare(self, question: dict) -> str:
        """Sets up the tables of a question, if they are not those of the last one; the answer is its query."""
        is_nexmark = question["suite"] == "nexmark"
        if is_nexmark:
            question = {**question, "tables": nexmark.TABLES}
        views = sql_peer.tables(question)
        if self.views != views:
            for table, path in views.items():
                self.session.read.parquet(str(path)).createOrReplaceTempView(table)
            if question["suite"] == "exchange":
                self.keep("block")
            if is_nexmark:
                side = f"SELECT id AS key, concat('value ', id) AS value FROM range({nexmark.SIDE_ROWS})"
                self.session.sql(side).createOrReplaceTempView("side")
            self.views = views
        if is_nexmark:
            return nexmark.query(question, "spark", "duckdb")
        return self.exchange(question) if question["suite"] == "exchange" else sql_peer.sql(question)

    def keep(self, table: str) -> None:
        """Keeps a table in memory, a part of it for each thread."""
        rows = self.session.table(table).repartition(self.threads).cache()
        rows.count()
        rows.createOrReplaceTempView(table)

    def exchange(self, question: dict) -> str:
        """Rows of a table in memory, again and again until there are enough, from all tasks to all."""
        copies = int(question["events"]) // self.session.table("block").count()
        hint = EXCHANGES[question["query"]].format(threads=self.threads)
        rows = f"SELECT /*+ {hint} */ id, payload FROM (SELECT id, payload, explode(sequence(1, {copies})) FROM block)"
        if question.get("answer") is None:
            return rows
        return f"SELECT COUNT(*), SUM(CAST(id AS DECIMAL(38, 0))), SUM(length(payload)) FROM ({rows})"

    def run(self, question: dict) -> dict:
        try:
            self.start(question)
            query = self.prepare(question)
            return sql_peer.timed(question, self.work(question, query), self.cpu_seconds)
        except Exception as error:
            if isinstance(error, (Failure, OSError)):
                raise
            raise Failure(in_a_line(error)) from None

    def work(self, question: dict, query: str) -> Callable[[], None]:
        folder = question.get("answer")
        if folder is None:
            return lambda: self.session.sql(query).write.format("noop").mode("overwrite").save()
        return lambda: self.session.sql(query).write.options(**CSV).csv(folder)

    def cpu_seconds(self) -> float:
        """What the JVM has worked, on all processors."""
        process = self.session.sparkContext._jvm.java.lang.ProcessHandle.current().pid()
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sizes(threads: int, memory: int) -> dict[str, str]:
    """What follows from the machine."""
    partitions = str(PARTITIONS_OF_THREAD * threads)
    return {"spark.driver.memory": f"{memory // MIB}m", "spark.sql.shuffle.partitions": partitions}


def of_machine() -> int:
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * MEMORY_SHARE)


def in_a_line(error: Exception) -> str:
    """What it says, without where in Spark it was said."""
    cause = getattr(error, "java_exception", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    words = str(error) if cause is None else cause.toString()
    return next((line.strip() for line in words.splitlines() if line.strip()), type(error).__name__)[:LINE_MAX]


def ready() -> tuple:
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise Failure("it needs Java 17 or newer; Debian, Ubuntu: apt-get install openjdk-17-jre-headless (as root)")
    sql_peer.install("pyspark", VERSION, NEEDS, sources=("pyspark",))
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # An error is told in the answer, and not with its stack.
    logging.disable(logging.CRITICAL)
    settings = {
        "form": "batch, a warm JVM",
        "sink": "noop computes all columns and drops them",
        "adaptive": "true",
        "shuffle partitions": f"{PARTITIONS_OF_THREAD} for each thread",
        "memory": "what is set, or 60 % of the machine's",
    }
    return {"name": "spark", "version": metadata.version("pyspark"), "settings": settings}, Spark().run, ()


if __name__ == "__main__":
    # What the JVM prints must not be taken for an answer.
    sys.stdout = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sql_peer.serve(ready)
